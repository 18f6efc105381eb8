import type { ClientSession, Collection } from 'mongodb';
import type { Fence, FenceLog } from './fences.js';

/** A fence as it is stored. */
export interface FenceDocument {
  readonly _id: string;
  readonly tags: readonly string[];
  readonly state: 'pending' | 'ended';
  /** On the database's clock; that of an ended fence may lie before its transaction's commit. */
  readonly changedAt: Date;
}

/** Kept for longer than any entry lives: a process that was cut off must find what it has missed. */
export const FENCE_KEPT_SECONDS = 7_200;
/** A fence shows up this much after its `changedAt` at most: what MongoDB lets a transaction live, and some. */
const LATE_BY_MS = 90_000;

/** Fences in MongoDB, written with a majority and read from a primary that has just proven to be one. */
export class MongoFenceLog implements FenceLog {
  private latest: Date | undefined;

  constructor(private readonly fences: Collection<FenceDocument>) {}

  /** Makes what removes old fences. */
  async prepare(): Promise<void> {
    await this.fences.createIndex({ changedAt: 1 }, { expireAfterSeconds: FENCE_KEPT_SECONDS });
  }

  async open(id: string, tags: readonly string[]): Promise<void> {
    await this.fences.updateOne(
      { _id: id },
      { $set: { tags, state: 'pending' }, $currentDate: { changedAt: true } },
      { upsert: true, writeConcern: { w: 'majority' } },
    );
  }

  async end(id: string): Promise<void> {
    await this.fences.updateOne({ _id: id, state: 'pending' }, END, { writeConcern: { w: 'majority' } });
  }

  /**
   * Ends the fence in the transaction of its write.
   * @throws when another process has ended it: the write comes too late
   */
  async endWithin(session: ClientSession, id: string): Promise<void> {
    const { matchedCount } = await this.fences.updateOne({ _id: id, state: 'pending' }, END, { session });
    if (matchedCount === 0) throw new FenceLost(`The write came later than its fence ${id} allows`);
  }

  async changed(): Promise<readonly Fence[]> {
    const since = this.latest === undefined ? new Date(0) : new Date(this.latest.getTime() - LATE_BY_MS);
    const found = await this.fences
      .find({ changedAt: { $gte: since } }, { readConcern: { level: 'linearizable' }, maxTimeMS: 2_000 })
      .toArray();
    for (const { changedAt } of found) {
      if (this.latest === undefined || changedAt > this.latest) this.latest = changedAt;
    }
    return found.map(({ _id, tags, state }) => ({ id: _id, tags, pending: state === 'pending' }));
  }
}

/** The write was too slow, and other processes have given it up. */
export class FenceLost extends Error {}

const END = { $set: { state: 'ended' }, $currentDate: { changedAt: true } } as const;
