import { Inject, Injectable } from '@nestjs/common';
import { Redis } from 'ioredis';
import { RedisDependency } from '../../../common/redis/redis-dependency.js';
import { CONFIGURATION } from '../../../config/config.module.js';
import type { Configuration } from '../../../config/configuration.js';
import { readSample, type TrendSample, writeSample } from './trends-sample.js';

const KEPT_MINUTES = 1440;
/** So many minutes are read at once: the event loop turns in between. */
const READ_MINUTES = 60;

/** The samples of all processes over a database, of the last 24 hours: a sorted set in Redis, by minute. */
@Injectable()
export class TrendStore {
  private readonly key: string;

  constructor(
    @Inject(Redis) private readonly redis: Redis,
    private readonly dependency: RedisDependency,
    @Inject(CONFIGURATION) { mongodb }: Configuration,
  ) {
    this.key = `${mongodb.database}:trends`;
  }

  /**
   * Adds samples; one that is there already stays what it is, so that it can be written again. Never rejects.
   * @returns whether they are there
   */
  async write(samples: readonly TrendSample[], thisMinute: number): Promise<boolean> {
    if (this.dependency.state !== 'closed') return false;
    const members = samples.flatMap((sample) => [sample.minute, writeSample(sample)]);
    try {
      const results = await this.redis
        .pipeline()
        .zadd(this.key, ...members)
        .zremrangebyscore(this.key, '-inf', thisMinute - KEPT_MINUTES - 1)
        .expire(this.key, KEPT_MINUTES * 60)
        .exec();
      return results?.every(([error]) => error === null) ?? false;
    } catch {
      return false;
    }
  }

  /**
   * Gives the samples from one minute up to another one.
   * @throws when Redis is away
   */
  async *read(from: number, to: number): AsyncGenerator<TrendSample> {
    for (let first = from; first < to; first += READ_MINUTES) {
      const last = Math.min(to, first + READ_MINUTES) - 1;
      for (const member of await this.redis.zrangebyscore(this.key, first, last)) {
        const sample = readSample(member);
        if (sample !== undefined) yield sample;
      }
    }
  }
}
