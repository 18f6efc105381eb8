import { Inject, Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Redis } from 'ioredis';
import type { Connection } from 'mongoose';

export type DependencyState = 'up' | 'down';

export interface Readiness {
  readonly status: 'ok' | 'degraded' | 'unavailable';
  readonly mongodb: DependencyState;
  readonly redis: DependencyState;
}

const PING_TIMEOUT_MS = 1_000;

@Injectable()
export class HealthService {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @Inject(Redis) private readonly redis: Redis,
  ) {}

  /** Asks both servers, a second at most. */
  async readiness(): Promise<Readiness> {
    const [mongodb, redis] = await Promise.all([
      answers(this.connection.getClient().db('admin').command({ ping: 1 }, { timeoutMS: PING_TIMEOUT_MS })),
      answers(this.redis.ping()),
    ]);
    return { status: mongodb === 'down' ? 'unavailable' : redis === 'down' ? 'degraded' : 'ok', mongodb, redis };
  }
}

async function answers(ping: Promise<unknown>): Promise<DependencyState> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<DependencyState>((resolve) => {
    timer = setTimeout(resolve, PING_TIMEOUT_MS, 'down');
  });
  const state = await Promise.race([
    ping.then((): DependencyState => 'up').catch((): DependencyState => 'down'),
    tooLate,
  ]);
  clearTimeout(timer);
  return state;
}
