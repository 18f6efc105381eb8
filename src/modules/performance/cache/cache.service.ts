import { Injectable } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import type { CacheStats } from '../../../common/cache/cache-service.js';
import { Cache } from '../../../common/cache/create-cache.js';
import { organizationPrincipal, type Principal, platformPrincipal } from '../../../common/context/principal.js';
import { fewAtOnce } from '../../../common/resilience/few-at-once.js';
import { answerOf } from '../../../common/resource/cache-refs.js';
import { EVERYTHING_SEEN } from '../../../common/tenancy/viewer.js';
import { OwnRequests } from '../../auth/own-requests.js';
import { type ProcessIdentity, thisProcess } from '../this-process.js';
import type { ClearBody, WarmBody } from './cache.bodies.js';

export interface CacheReport extends CacheStats {
  readonly process: ProcessIdentity;
  readonly state: 'off' | 'warming' | 'warm';
}

export interface Warmed {
  readonly warmed: number;
  readonly failed: number;
}

/** What operators see of the cache, and do to it. */
@Injectable()
export class CacheOperations {
  constructor(
    private readonly cache: Cache,
    private readonly requests: OwnRequests,
  ) {}

  /** Of this process; Redis is asked how much it holds, a moment at most. */
  async stats(): Promise<CacheReport> {
    return { process: thisProcess(), state: this.cache.state, ...(await this.cache.service.stats()) };
  }

  /** Has all processes load anew what is in the scope. What is answered meanwhile is right either way. */
  async clear({ resource, organizationId }: ClearBody): Promise<void> {
    const named = resource !== undefined ? { resource } : undefined;
    await this.cache.service.clear(organizationId !== undefined ? { tenant: organizationId } : (named ?? 'all'));
  }

  /** Loads what is asked for most, as those who ask for it see it; what is cached already stays. */
  async warm({ organizationId, most }: WarmBody): Promise<Warmed> {
    const answers = (await this.cache.hottestKeys()).flatMap((key) => answerOf(key) ?? []);
    const wanted = answers.filter(({ viewer }) => organizationId === undefined || viewer === organizationId);
    const warmed = { warmed: 0, failed: 0 };
    await fewAtOnce(wanted.slice(0, most), AT_ONCE, async ({ url, viewer }) => {
      const { status } = await this.requests.get(url, principalOf(viewer));
      // That something isn't there is known then, too.
      if (status === 200 || status === 404) warmed.warmed += 1;
      else warmed.failed += 1;
    });
    return warmed;
  }
}

/** So few that those who wait for their own answers don't notice. */
const AT_ONCE = 4;
const OWN_NAME = 'cache-warm';

const principalOf = (viewer: string): Principal =>
  viewer === EVERYTHING_SEEN
    ? platformPrincipal('read-only', OWN_NAME)
    : organizationPrincipal('viewer', OWN_NAME, new ObjectId(viewer));
