import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Document, Long, ObjectId } from 'mongodb';
import { shapeOf } from './query-shape.js';

const FIELDS = ['organizationId', 'status', 'address.city', '_id', 'searchTerms', 'createdAt'];
const OPERATORS = ['$eq', '$lt', '$gte', '$in', '$exists', '$regex'];
const LISTS = ['$or', '$and', '$nor'];
/** All words that a shape may be made of: what is none of them is a value. */
const WORDS = new Set([
  ...[...FIELDS, ...OPERATORS, ...LISTS, '$not', '$match', '$group', '$sort', '$limit'].flatMap((word) =>
    word.split('.'),
  ),
  ...['find', 'aggregate', 'count', 'distinct', 'update', 'delete', 'findAndModify', 'clinics', 'sort', 'skip', '1'],
]);

/** Where a value stands in a condition that has none yet. */
const HOLE = 'a value';
type Hollow = typeof HOLE | { readonly [key: string]: Hollow } | readonly Hollow[];

const field = fc.constantFrom(...FIELDS);
const { condition } = fc.letrec<{ condition: Hollow; test: Hollow }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    fc.dictionary(field, tie('test'), { maxKeys: 4 }),
    fc
      .tuple(fc.constantFrom(...LISTS), fc.array(tie('condition'), { maxLength: 3 }))
      .map(([list, conditions]): Hollow => ({ [list]: conditions })),
  ),
  test: fc.oneof(
    fc.constant<Hollow>(HOLE),
    fc.dictionary(fc.constantFrom(...OPERATORS), fc.constant<Hollow>(HOLE), { minKeys: 1, maxKeys: 2 }),
    fc.constant<Hollow>({ $not: { $eq: HOLE } }),
  ),
}));

const scalar: fc.Arbitrary<unknown> = fc.oneof(
  fc.string({ minLength: 2 }).map((text) => `secret ${text}`),
  fc.integer({ min: 2 }),
  fc.double({ min: 2 }),
  fc.boolean(),
  fc.constantFrom(null, undefined, /secret/i, Long.fromNumber(4_711), Buffer.from('secret')),
  fc.date(),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
);
const value: fc.Arbitrary<unknown> = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 5 }),
  fc.record({ secretCity: scalar, zip: fc.array(scalar, { maxLength: 2 }) }),
);
const values = fc.infiniteStream(value);

function filled(hollow: Hollow, from: Iterator<unknown>): unknown {
  if (hollow === HOLE) return from.next().value;
  if (Array.isArray(hollow)) return hollow.map((part: Hollow) => filled(part, from));
  return Object.fromEntries(Object.entries(hollow).map(([key, part]) => [key, filled(part, from)]));
}

/** Commands that carry the condition, each in its own way. */
const COMMANDS: Readonly<Record<string, (condition: unknown, one: unknown) => Document>> = {
  find: (filter, one) => ({ find: 'clinics', filter, sort: { createdAt: -1 }, skip: 7, limit: 42, comment: one }),
  'find as Mongoose sorts': (filter) => ({ find: 'clinics', filter, sort: new Map([['createdAt', -1]]) }),
  aggregate: (filter, one) => ({
    aggregate: 'clinics',
    pipeline: [{ $match: filter }, { $group: { _id: one } }, { $limit: 42 }],
    cursor: {},
  }),
  count: (query) => ({ count: 'clinics', query }),
  distinct: (query) => ({ distinct: 'clinics', key: 'status', query }),
  findAndModify: (query, one) => ({ findAndModify: 'clinics', query, update: { $set: { status: one } }, new: true }),
  update: (q, one) => ({
    update: 'clinics',
    updates: [
      { q, u: { $set: { status: one } } },
      { q: { secret: one }, u: {} },
    ],
  }),
  'update in a sequence': (q, one) => ({ update: 'clinics', updates: { documents: [{ q, u: { status: one } }] } }),
  delete: (q) => ({ delete: 'clinics', deletes: [{ q, limit: 0 }] }),
};
const kind = fc.constantFrom(...Object.keys(COMMANDS));

const textOf = (command: Document): string =>
  shapeOf({ name: Object.keys(command)[0] ?? '', database: 'd', command })?.text ?? '';

const commandOf = (name: string, hollow: Hollow, from: Iterator<unknown>): Document =>
  COMMANDS[name]?.(filled(hollow, from), from.next().value) ?? {};

describe('the shape of a command', () => {
  it('has no value of it, whatever it is', () => {
    fc.assert(
      fc.property(kind, condition, values, (name, hollow, from) => {
        // Of a text that was cut off, the last word may be.
        const text = textOf(commandOf(name, hollow, from)).replace(/[\w$]*…$/, '');
        const words = text.match(/[^\s{}[\],:?.-]+/g) ?? [];
        expect(words.filter((word) => !WORDS.has(word))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('is the same with other values', () => {
    fc.assert(
      fc.property(kind, condition, values, values, (name, hollow, some, others) => {
        expect(textOf(commandOf(name, hollow, some))).toBe(textOf(commandOf(name, hollow, others)));
      }),
      { numRuns: 500 },
    );
  });

  it('differs where the fields or what is asked of them differ', () => {
    fc.assert(
      fc.property(kind, condition, condition, values, (name, one, other, from) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        const texts = [one, other].map((hollow) => textOf(commandOf(name, hollow, from)));
        fc.pre(texts.every((text) => text.length < 400));
        expect(texts[0]).not.toBe(texts[1]);
      }),
      { numRuns: 500 },
    );
  });

  it('reads as what it is', () => {
    const id = new ObjectId();
    const filter = {
      organizationId: id,
      $or: [{ createdAt: { $lt: new Date() } }, { createdAt: 1, _id: { $lt: id } }],
    };
    expect([
      textOf({ find: 'clinics', filter, sort: { createdAt: -1, _id: -1 }, limit: 21 }),
      textOf({ getMore: Long.fromNumber(4_711), collection: 'clinics' }),
      textOf({ insert: 'clinics', documents: [{ name: 'Port Lions' }] }),
      textOf({ aggregate: 'clinics', pipeline: [{ $match: { status: 'active' } }, { $count: 'n' }] }),
      textOf({ commitTransaction: 1 }),
    ]).toEqual([
      'find clinics {organizationId: ?, $or: [{createdAt: {$lt: ?}}, {createdAt: ?, _id: {$lt: ?}}]} sort {createdAt: -1, _id: -1}',
      'getMore clinics',
      'insert clinics',
      'aggregate clinics [$match {status: ?}, $count]',
      'commitTransaction',
    ]);
  });

  it('tells no value of a sort that is none', () => {
    expect(textOf({ find: 'clinics', sort: { score: { $meta: 'textScore' }, name: 'secret' } })).toBe(
      'find clinics {} sort {score: ?, name: ?}',
    );
  });

  it('stays bounded, whatever the keys are', () => {
    fc.assert(
      fc.property(kind, fc.dictionary(fc.string(), fc.anything(), { maxKeys: 400, size: 'large' }), (name, filter) => {
        expect(textOf(COMMANDS[name]?.(filter, '') ?? {}).length).toBeLessThanOrEqual(401);
      }),
      { numRuns: 50 },
    );
    expect(textOf({ find: 'clinics', filter: { ['x'.repeat(100_000)]: 1 } }).length).toBeLessThanOrEqual(401);
  });
});

it('what keeps connections, sessions and indexes is no query', () => {
  const commands = [{ ping: 1 }, { endSessions: [] }, { createIndexes: 'clinics' }, { killCursors: 'clinics' }];
  const indexStatistics = { aggregate: 'clinics', pipeline: [{ $indexStats: {} }], cursor: {} };
  expect([...commands, indexStatistics].map(textOf)).toEqual(['', '', '', '', '']);
});
