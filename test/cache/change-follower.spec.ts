import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { type Db, ObjectId } from 'mongodb';
import { Lease } from '../../src/common/cache/lease.js';
import { recordTag, resourceTag } from '../../src/common/cache/tags.js';
import { ChangeFollower } from '../../src/common/database/change-follower.js';
import { ChangeTags } from '../../src/common/database/change-tags.js';
import { ResumeTokens } from '../../src/common/database/resume-tokens.js';
import { clinicsResource } from '../../src/modules/clinics/clinics.resource.js';
import { type ScratchDatabase, scratchDatabase } from '../support/scratch-database.js';
import { untilAnswer } from '../support/until.js';
import { syncedClinic } from './support/synced-clinic.js';

const PATIENCE_MS = 10_000;

let redis: Redis;
beforeAll(() => {
  redis = new Redis(process.env['TEST_REDIS_URL'] ?? '');
});
afterAll(() => redis.disconnect());

/** Followers of a collection of their own, over a cache that says what is released. */
class Releases {
  away = false;
  refused = 0;
  cleared = 0;
  readonly tags: string[] = [];
  private readonly name = `test:${randomUUID()}`;

  constructor(private readonly database: ScratchDatabase) {}

  follower(): ChangeFollower {
    return new ChangeFollower({
      db: this.db,
      tags: new ChangeTags([{ resource: clinicsResource, collection: 'followed' }]),
      cache: { clear: () => this.unlessAway(() => (this.cleared += 1)), invalidate: (tags) => this.invalidate(tags) },
      lease: new Lease(redis, `${this.name}:leader`),
      tokens: new ResumeTokens(redis, `${this.name}:token`),
      log: { log: () => undefined, warn: () => undefined },
    });
  }

  /** Runs a follower for as long as the work takes; it has begun when the work does. */
  async during(work: () => Promise<void>): Promise<void> {
    const follower = this.follower();
    follower.start();
    try {
      await this.until(() => follower.leads);
      if (this.cleared === 0) await this.until(() => this.cleared > 0);
      await work();
    } finally {
      await follower.stop();
    }
  }

  /** Inserts a record from outside; answers its tag. */
  async insert(): Promise<string> {
    const document = syncedClinic(new ObjectId());
    await this.db.collection('followed').insertOne(document);
    return recordTag('clinics', document._id.toHexString());
  }

  async until(holds: () => boolean): Promise<void> {
    await untilAnswer(() => redis.ping(), holds, PATIENCE_MS);
  }

  async end(): Promise<void> {
    await redis.del(`${this.name}:token`);
  }

  get db(): Db {
    return this.database.connection.getClient().db(this.database.name);
  }

  private invalidate(tags: readonly string[]): Promise<void> {
    return this.unlessAway(() => this.tags.push(...tags));
  }

  private async unlessAway(work: () => void): Promise<void> {
    if (this.away) {
      this.refused += 1;
      throw new Error('Redis is away');
    }
    work();
  }
}

describe('a follower', () => {
  let database: ScratchDatabase;
  let releases: Releases;
  beforeEach(async () => {
    database = await scratchDatabase();
    releases = new Releases(database);
  });
  afterEach(async () => {
    await releases.end();
    await database.drop();
  });

  it('tries again to release what it could not, and what came later comes after it', () =>
    releases.during(async () => {
      releases.away = true;
      const first = await releases.insert();
      await releases.until(() => releases.refused > 0);
      const second = await releases.insert();
      await releases.until(() => releases.refused > 2);
      expect(releases.tags).toEqual([]);
      releases.away = false;
      await releases.until(() => releases.tags.includes(first) && releases.tags.includes(second));
      expect(releases.tags.indexOf(first)).toBeLessThan(releases.tags.indexOf(second));
    }));

  it('that dies before it could release a change leaves it to the next one', async () => {
    const missed: string[] = [];
    await releases.during(async () => {
      releases.away = true;
      missed.push(await releases.insert());
      await releases.until(() => releases.refused > 0);
      missed.push(await releases.insert());
    });
    releases.away = false;
    await releases.during(() => releases.until(() => missed.every((tag) => releases.tags.includes(tag))));
    expect(releases.cleared).toBe(1);
  });

  it('releases everything when the database is dropped, and goes on after it', () =>
    releases.during(async () => {
      await releases.insert();
      await releases.db.dropDatabase();
      await releases.until(() => releases.tags.includes(resourceTag('clinics')));
      const later = await releases.insert();
      await releases.until(() => releases.tags.includes(later));
      expect(releases.cleared).toBe(1);
    }));
});
