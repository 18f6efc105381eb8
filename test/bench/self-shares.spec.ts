import type { HeapProfiler, Profiler } from 'node:inspector';
import { describe, expect, it } from '@jest/globals';
import { selfBytes, selfTimes } from '../../bench/support/self-shares.js';

const frame = (functionName: string, lineNumber = 0, url = 'file:///app/one.js') => ({
  functionName,
  url,
  lineNumber,
  columnNumber: 0,
  scriptId: '1',
});
const placeOf = ({ url, lineNumber }: { url: string; lineNumber: number }) =>
  `${url.slice('file:///app/'.length)}:${lineNumber + 1}`;

describe('the table of self times', () => {
  const profile: Profiler.Profile = {
    nodes: [
      { id: 1, callFrame: frame('(root)', -1, ''), children: [2, 4, 5, 6] },
      { id: 2, callFrame: frame('handle', 9), children: [3] },
      { id: 3, callFrame: frame('write', 19) },
      { id: 4, callFrame: frame('write', 19) },
      { id: 5, callFrame: frame('(idle)', -1, '') },
      { id: 6, callFrame: frame('(garbage collector)', -1, '') },
    ],
    startTime: 0,
    endTime: 1_000,
    // From when each was taken to the next: 100 in handle, 200 and 50 in write by two ways, 500 idle, 50 collecting.
    samples: [2, 3, 4, 5, 6, 2],
    timeDeltas: [70, 100, 200, 50, 500, 50],
  };

  it('counts the time until the next sample, of a function from wherever it was called, and none that was idle', () => {
    expect(selfTimes(profile, placeOf)).toEqual([
      { name: 'write', place: 'one.js:20', share: 250 / 400 },
      { name: 'handle', place: 'one.js:10', share: 100 / 400 },
      { name: '(garbage collector)', place: '', share: 50 / 400 },
    ]);
  });

  it('keeps functions of one name apart, and calls one without a name anonymous', () => {
    const nodes = [1, 2, 3].map((id) => ({ id, callFrame: frame(id === 3 ? '' : 'write', id) }));
    const table = selfTimes({ ...profile, nodes, samples: [1, 2, 3, 1], timeDeltas: [0, 30, 20, 10] }, placeOf);
    expect(table.map(({ name, place }) => `${name} ${place}`)).toEqual([
      'write one.js:2',
      'write one.js:3',
      '(anonymous) one.js:4',
    ]);
  });
});

it('the table of self bytes adds up what each function has allocated in all branches', () => {
  const node = (name: string, selfSize: number, ...children: HeapProfiler.SamplingHeapProfileNode[]) => ({
    callFrame: frame(name),
    selfSize,
    children,
  });
  const head = node('(root)', 0, node('parse', 60, node('copy', 10)), node('copy', 130));
  expect(selfBytes({ head }, placeOf)).toEqual([
    { name: 'copy', place: 'one.js:1', share: 0.7 },
    { name: 'parse', place: 'one.js:1', share: 0.3 },
  ]);
});
