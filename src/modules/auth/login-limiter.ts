import { Inject, Injectable } from '@nestjs/common';
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '../../common/problems/problems.js';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';

const WINDOW_SECONDS = 60;

/**
 * Bounds the failed sign-ins of an address across all processes. Only credentials that had to be
 * established come here; one that is fresh costs nothing.
 */
@Injectable()
export class LoginLimiter {
  private readonly limiter: RateLimiterRedis;

  constructor(@Inject(Redis) redis: Redis, @Inject(CONFIGURATION) { auth }: Configuration) {
    const options = { points: auth.failedLoginsPerMinute, duration: WINDOW_SECONDS, keyPrefix: 'login' };
    this.limiter = new RateLimiterRedis({
      ...options,
      storeClient: redis,
      rejectIfRedisNotReady: true,
      insuranceLimiter: new RateLimiterMemory(options),
    });
  }

  /**
   * Lets the outcome of a sign-in through, and counts it when it failed.
   * @param known the credential is one that has signed in before: if it still does, the address doesn't matter
   * @throws {Problem} `too-many-logins` once the address has failed too often, even if it now succeeds
   */
  async guard<T>(address: string, outcome: Promise<T | null>, known = false): Promise<T | null> {
    if (known) {
      const signedIn = await outcome;
      if (signedIn !== null) return signedIn;
    }
    const [signedIn, failures] = await Promise.all([outcome, this.limiter.get(address)]);
    if (failures !== null && failures.consumedPoints >= this.limiter.points) throw tooMany(failures);
    if (signedIn === null) {
      await this.limiter.consume(address).catch((refused: unknown) => {
        throw refused instanceof RateLimiterRes ? tooMany(refused) : refused;
      });
    }
    return signedIn;
  }
}

const tooMany = ({ msBeforeNext }: RateLimiterRes): Problem =>
  new Problem('too-many-logins', { headers: { 'retry-after': String(Math.max(1, Math.ceil(msBeforeNext / 1000))) } });
