import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  cutOff,
  emptyRedis,
  evictVersions,
  failOver,
  freezeRedis,
  killWriter,
  restartRedis,
  restartRedisWithOldData,
} from './history/faults.js';
import type { Workload } from './history/protocol.js';
import { Trial } from './history/trial.js';

/** Hundreds of entries, of which a process can keep a part. */
const WORKLOAD: Workload = {
  lists: 60,
  members: 3,
  readers: 6,
  writers: 3,
  readersRestMs: 6,
  writersRestMs: 60,
  loadMs: 2,
  commitMs: 2,
  answerMs: 2,
  memoryBytes: 300_000,
};

describe('Three processes over one database and one Redis, whatever happens to it and to them', () => {
  let trial: Trial;
  /** What each fault has done. */
  const faults: Record<string, number> = {};
  const calm = { hitShare: 0 };
  const end = { database: new Map<string, number>(), read: [] as (readonly [string, number | undefined])[] };

  beforeAll(async () => {
    trial = await Trial.start({ processes: 3, workload: WORKLOAD });
    trial.work();
    await trial.witness.more(() => trial.witness.reads.HIT, 4_000);
    calm.hitShare = trial.witness.hitShare;
    await goThroughAll(trial, faults);
    await trial.rest();
    const before = trial.witness.history.length;
    await trial.readAll();
    end.read = trial.witness.history.slice(before).map(({ key, value }) => [key, value]);
    end.database = new Map((await trial.inDatabase()).map(([key, version]) => [key, version]));
  }, 240_000);
  afterAll(() => trial?.stop(), 60_000);

  it('return nothing older than what was acknowledged or returned before', () => {
    expect(trial.witness.violations()).toEqual([]);
  });

  it('fail no read', () => {
    expect(trial.witness.failures).toEqual([]);
  });

  it('agree with the database when all is quiet', () => {
    expect(end.read.length).toBeGreaterThan(3 * end.database.size);
    expect(end.read.filter(([key, value]) => end.database.get(key) !== value)).toEqual([]);
  });

  it('did thousands of things, and found most in their caches', () => {
    const { reads, writes } = trial.witness;
    expect(reads.HIT + reads.MISS + reads.BYPASS).toBeGreaterThan(10_000);
    expect(writes.done).toBeGreaterThan(500);
    expect(calm.hitShare).toBeGreaterThan(0.2);
    expect(trial.witness.hitShare).toBeGreaterThan(0.15);
  });

  it('went through all that was meant to happen', () => {
    expect(Object.entries(faults).filter(([, effect]) => !(effect > 0))).toEqual([]);
  });
});

async function goThroughAll(trial: Trial, faults: Record<string, number>): Promise<void> {
  const { witness, stations } = trial;
  const [first, second, third] = stations;
  if (first === undefined || second === undefined || third === undefined) throw new Error('Too few processes');
  const caching = () => witness.more(() => witness.reads.HIT, 300);
  const fencedMeanwhile = async (work: () => Promise<unknown>) => {
    const before = witness.writes.fenced;
    await work();
    await witness.until(() => witness.writes.fenced > before);
    await caching();
    return witness.writes.fenced - before;
  };

  faults['writes lost with their process'] = await killWriter(trial, first);
  faults['versions evicted'] = await evictVersions(trial, 300);
  await freezeRedis(trial, 700);
  await caching();
  faults['writes behind fences, Redis frozen'] = await fencedMeanwhile(() => freezeRedis(trial, 2_500));
  faults['writes behind fences, one process not heard'] = await fencedMeanwhile(() =>
    cutOff(trial, second, 'silence', 4),
  );
  faults['writes behind fences, one process refused'] = await fencedMeanwhile(() => cutOff(trial, third, 'cut', 4));
  faults['keys after a restart'] = await restartRedis(trial);
  await caching();
  faults['writes lost with another process'] = await killWriter(trial, second);
  trial.commit('slowly');
  faults['changes lost with a restart'] = await restartRedisWithOldData(trial, 60);
  await caching();
  faults['keys lost with a restart'] = await emptyRedis(trial);
  await caching();
  trial.commit('quickly');
  faults['bytes of changes lost with a failover'] = await failOver(trial, 20);
  await caching();
  faults['writes lost with a third process'] = await killWriter(trial, third);
  faults['versions evicted at last'] = await evictVersions(trial, 300);
  await caching();
}
