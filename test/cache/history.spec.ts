import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findViolations, type Operation } from './support/history.js';

describe('The check of a history', () => {
  it.each<[string, readonly Operation[], readonly string[]]>([
    ['accepts a read that overlaps the write and returns the old', [write(1, 0, 1), write(2, 2, 9), read(1, 3, 4)], []],
    ['accepts a read that overlaps the write and returns the new', [write(1, 0, 1), write(2, 2, 9), read(2, 3, 4)], []],
    [
      'finds a read that is older than an acknowledged write',
      [write(2, 2, 3), read(1, 4, 5)],
      ['stale after acknowledgement'],
    ],
    [
      'finds a read that is older than an earlier one',
      [write(2, 2, 9), read(2, 3, 4), read(1, 5, 6)],
      ['new, then old'],
    ],
    ['accepts reads that overlap in any order', [write(2, 2, 9), read(2, 3, 5), read(1, 4, 6)], []],
    ['takes equal times for simultaneous', [write(2, 2, 4), read(1, 4, 5)], []],
    ['lets a write of unknown result take effect late', [write(2, 2, undefined), read(1, 5, 6), read(2, 7, 8)], []],
    [
      'finds old after new though the write has no result',
      [write(2, 2, undefined), read(2, 5, 6), read(1, 7, 8)],
      ['new, then old'],
    ],
    ['keeps keys apart', [write(2, 2, 3), { ...read(1, 4, 5), key: 'other' }], []],
    [
      'finds a value that is read before it was written',
      [read(2, 1, 2), write(2, 3, 4)],
      ['not a register', 'read before written'],
    ],
    ['finds two writes of one value', [write(2, 1, 5), write(2, 2, 4)], ['not a register']],
  ])('%s', (_, history, rules) => {
    expect(findViolations(history).map(({ rule }) => rule)).toEqual(rules);
  });

  it('agrees with the definition, each pair of operations compared', () => {
    const property = fc.property(fc.array(someOperation, { maxLength: 12 }), (history) => {
      const stale = history.filter((operation) => history.some((earlier) => isStale(operation, earlier)));
      const found = findViolations(history).filter(({ rule }) => rule.startsWith('stale') || rule.startsWith('new'));
      expect(new Set(found.map(({ operation }) => operation))).toEqual(new Set(stale));
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('looks through a hundred thousand operations at once', () => {
    const history = Array.from({ length: 100_000 }, (_, at) =>
      at % 10 === 0 ? write(at + 10, at, at + 30) : read(Math.floor(at / 10) * 10, at, at + 5),
    );
    const begun = performance.now();
    expect(findViolations(history).filter(({ rule }) => rule.startsWith('stale'))).toEqual([]);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});

function read(value: number, invokedAt: number, respondedAt: number | undefined): Operation {
  return { key: 'key', kind: 'read', value, invokedAt, respondedAt };
}

function write(value: number, invokedAt: number, respondedAt: number | undefined): Operation {
  return { ...read(value, invokedAt, respondedAt), kind: 'write' };
}

const someOperation: fc.Arbitrary<Operation> = fc
  .record({
    key: fc.constantFrom('a', 'b'),
    kind: fc.constantFrom('read', 'write'),
    value: fc.integer({ min: 0, max: 4 }),
    invokedAt: fc.integer({ min: 0, max: 20 }),
    takes: fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined }),
  })
  .map(({ takes, ...rest }) => ({ ...rest, respondedAt: takes === undefined ? undefined : rest.invokedAt + takes }));

const isStale = (operation: Operation, earlier: Operation): boolean =>
  operation.kind === 'read' &&
  operation.key === earlier.key &&
  operation.respondedAt !== undefined &&
  earlier.respondedAt !== undefined &&
  earlier.respondedAt < operation.invokedAt &&
  (operation.value ?? 0) < (earlier.value ?? 0);
