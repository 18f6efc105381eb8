import { expect } from '@jest/globals';
import type { Db } from 'mongodb';
import type { LoadRun } from './load-run.js';

/** Acknowledged writes that were lost, and stale answers, in the test file that runs. */
export const lies: string[] = [];

/** No acknowledged write may be lost, and no answer stale without its mark: not even in a case that is tried again. */
export async function expectNoLies(run: LoadRun, inDatabase: <T>(look: (db: Db) => Promise<T>) => Promise<T>) {
  const told = [...(await inDatabase((db) => run.lostWrites(db))), ...run.staleAnswers()];
  lies.push(...told);
  expect(told).toEqual([]);
}
