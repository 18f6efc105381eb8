import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { ClientSession } from 'mongodb';
import type { Connection } from 'mongoose';
import { type OpenWrite, WriteRefused } from '../cache/coherent-writes.js';
import { Cache } from '../cache/create-cache.js';
import { FenceLost } from '../cache/mongo-fence-log.js';
import { COMMIT_WITHIN_MS } from '../cache/settling-times.js';
import { Problem } from '../problems/problems.js';
import { CoherenceSampler } from './coherence-sampler.js';
import { NewIds, type Touched, TouchedTags } from './touched-tags.js';

@Injectable()
export class Transactions {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly cache: Cache,
    private readonly touchedTags: TouchedTags,
    private readonly sampler: CoherenceSampler,
  ) {}

  /**
   * Runs the work in one transaction with snapshot reads and a majority commit; when this resolves, no process serves
   * anything older from a cache. The work may run more than once (it is repeated when it conflicts with another), so
   * it must do nothing else.
   * @throws {Problem} `write-conflict` when it has conflicted with others for too long, `service-unavailable` when the
   *   caches can't be told of it and the write policy is strict
   */
  async run<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
    const begun = performance.now();
    const ids = new NewIds();
    const done: { touched?: Touched } = {};
    const result = await this.cache.writes
      .run((open) =>
        this.connection.getClient().withSession((session) =>
          session.withTransaction(
            async () => {
              if (performance.now() - begun > REPEAT_FOR_MS) throw new Problem('write-conflict');
              done.touched = this.touchedTags.begin(session, ids);
              return this.attempt(open, done.touched, session, work);
            },
            {
              readConcern: { level: 'snapshot' },
              writeConcern: { w: 'majority' },
              readPreference: 'primary',
              maxCommitTimeMS: COMMIT_WITHIN_MS,
            },
          ),
        ),
      )
      .catch(translateRefusals);
    this.sampler.consider(done.touched?.sample);
    return result;
  }

  private async attempt<T>(
    open: OpenWrite,
    touched: Touched,
    session: ClientSession,
    work: (session: ClientSession) => Promise<T>,
  ): Promise<T> {
    open.begin();
    const result = await work(session);
    await open.prepare([...touched.tags], (fence) => this.cache.fenceLog.endWithin(session, fence));
    return result;
  }
}

/** The driver itself would repeat for two minutes. */
const REPEAT_FOR_MS = 20_000;

function translateRefusals(error: unknown): never {
  if (error instanceof WriteRefused) throw new Problem('service-unavailable', { headers: { 'retry-after': '5' } });
  if (error instanceof FenceLost) throw new Problem('write-conflict');
  throw error;
}
