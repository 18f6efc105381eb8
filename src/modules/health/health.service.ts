import { Inject, Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Redis } from 'ioredis';
import type { Connection } from 'mongoose';
import { Cache } from '../../common/cache/create-cache.js';
import { DatabaseGate } from '../../common/database/database-gate.js';
import { IndexVerifier } from '../../common/database/index-verifier.js';
import type { DependencyState, Readiness } from './readiness.js';

const PING_TIMEOUT_MS = 1_000;

/** Both servers, as they answered. */
type Pings = readonly [mongodb: DependencyState, redis: DependencyState];

@Injectable()
export class HealthService {
  private stopping = false;
  private asked: Promise<Pings> | undefined;

  constructor(
    @InjectConnection() private readonly connection: Connection,
    @Inject(Redis) private readonly redis: Redis,
    private readonly cache: Cache,
    private readonly database: DatabaseGate,
    private readonly indexes: IndexVerifier,
  ) {}

  /** From now on the process isn't ready, whatever it still answers. */
  leave(): void {
    this.stopping = true;
  }

  /** Asks both servers, a second at most; who asks meanwhile shares the answer. */
  async readiness(): Promise<Readiness> {
    this.asked ??= this.ask().finally(() => {
      this.asked = undefined;
    });
    const [ping, redis] = await this.asked;
    // It may answer again before it is asked again.
    const mongodb = this.database.dependency.state === 'open' ? 'down' : ping;
    const unavailable = this.stopping || mongodb === 'down' || !this.indexes.verified;
    return {
      status: unavailable ? 'unavailable' : redis === 'down' ? 'degraded' : 'ok',
      phase: this.stopping ? 'stopping' : 'running',
      mongodb,
      redis,
      indexes: this.indexes.verified ? 'verified' : 'unverified',
      cache: this.cache.state,
    };
  }

  private ask(): Promise<Pings> {
    const signal = AbortSignal.timeout(PING_TIMEOUT_MS);
    const ping = this.connection.getClient().db('admin').command({ ping: 1 }, { signal });
    return Promise.all([answers(ping, signal), answers(this.redis.ping(), signal)]);
  }
}

function answers(ping: Promise<unknown>, tooLate: AbortSignal): Promise<DependencyState> {
  return new Promise((resolve) => {
    tooLate.addEventListener('abort', () => resolve('down'));
    ping.then(
      () => resolve('up'),
      () => resolve('down'),
    );
  });
}
