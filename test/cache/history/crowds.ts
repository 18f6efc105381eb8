import type { Workload } from './protocol.js';

const CROWDED: Workload = {
  lists: 3,
  members: 2,
  readers: 6,
  writers: 2,
  readersRestMs: 4,
  writersRestMs: 20,
  loadMs: 5,
  commitMs: 5,
  answerMs: 5,
  memoryBytes: 1_000_000,
};

/** What two processes do so that whatever can meet does. */
export const CROWDS = {
  'few registers': CROWDED,
  /** Loads of one list take longer than a write to it. */
  'slow loads': { ...CROWDED, lists: 1, writers: 1, loadMs: 60, commitMs: 1, answerMs: 1 },
  /** Two writes to one list overlap, each for a while between its mark and its release. */
  'slow writes': { ...CROWDED, lists: 1, members: 4, writers: 1, loadMs: 1, commitMs: 30, answerMs: 30 },
  /** Much is read again and again, and a commit takes no longer than it must. */
  'quick writes': {
    ...CROWDED,
    lists: 2,
    readers: 4,
    writers: 1,
    readersRestMs: 1,
    loadMs: 0,
    commitMs: 0,
    answerMs: 0,
  },
  /** Writes to one list overlap for so long that much is loaded before and after the commit of each. */
  'slow commits': { ...CROWDED, members: 12, writers: 8, readersRestMs: 10, commitMs: 1_100, answerMs: 500 },
  /** Few writes, so that others don't happen to make good for what one should have done. */
  'many registers': { ...CROWDED, lists: 40, writersRestMs: 100 },
} satisfies Record<string, Workload>;
