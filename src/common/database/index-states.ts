import type { IndexSpec } from '../resource/index-spec.js';
import type { ExistingIndex, IndexDifference } from './index-check.js';

/** An index that the database has. */
export interface KnownIndex {
  readonly name: string;
  readonly keys: Readonly<Record<string, unknown>>;
  readonly unique: boolean;
  /** Only documents that match are in it. */
  readonly where: Readonly<Record<string, unknown>> | undefined;
  readonly expireAfterSeconds: number | undefined;
  /** All else that makes it differ, such as a collation. */
  readonly further: string;
}

/** How often the server that was asked has used an index since it began to count. */
export interface IndexUse {
  readonly uses: number;
  readonly since: Date;
}

export const INDEX_STATES = ['as-declared', 'missing', 'different', 'undeclared'] as const;

/** One index that is declared, exists, or both. */
export interface IndexState {
  readonly name: string;
  readonly keys: Readonly<Record<string, unknown>>;
  readonly unique: boolean;
  readonly where: Readonly<Record<string, unknown>> | null;
  readonly expireAfterSeconds: number | null;
  readonly state: (typeof INDEX_STATES)[number];
  /** null where it isn't known, as with `usesSince`. */
  readonly uses: number | null;
  readonly usesSince: string | null;
  /** Nothing has used it for an hour at least, and it keeps nothing unique and removes nothing. */
  readonly unused: boolean;
  /** The index whose beginning it is, and which so serves all that it serves. */
  readonly prefixOf: string | null;
}

export interface CollectionIndexes {
  readonly collection: string;
  readonly indexes: readonly IndexState[];
}

export interface ComparedIndexes {
  readonly collection: string;
  readonly declared: readonly IndexSpec[];
  readonly existing: readonly KnownIndex[];
  readonly differences: readonly IndexDifference[];
  /** By name; undefined where the server doesn't tell. */
  readonly uses: ReadonlyMap<string, IndexUse> | undefined;
}

/** One that is used once a day would seem unused after a restart. */
const COUNTED_FOR_MS = 3_600_000;

/** What the database tells of an index. */
export function knownIndex({
  key,
  name = '',
  unique = false,
  partialFilterExpression,
  expireAfterSeconds,
  ...rest
}: ExistingIndex): KnownIndex {
  const where = typeof partialFilterExpression === 'object' ? { ...partialFilterExpression } : undefined;
  const further = Object.entries(rest).filter(([option]) => option !== 'v' && option !== 'ns');
  return { name, keys: { ...key }, unique, where, expireAfterSeconds, further: JSON.stringify(further) };
}

/** The indexes of a collection: those that it has, then those that it lacks. */
export function describeIndexes(compared: ComparedIndexes): CollectionIndexes {
  const { collection, declared, existing, differences } = compared;
  const lacking = differences.filter(({ problem }) => problem === 'missing');
  return {
    collection,
    indexes: [
      ...existing.map((index) => {
        const different = differences.some((difference) => difference.index.name === index.name);
        const isDeclared = index.name === '_id_' || declared.some(({ name }) => name === index.name);
        return described(compared, index, different ? 'different' : isDeclared ? 'as-declared' : 'undeclared');
      }),
      ...lacking.map(({ index }) =>
        described(
          compared,
          { ...knownIndex({ ...index, key: index.keys, partialFilterExpression: index.where }) },
          'missing',
        ),
      ),
    ],
  };
}

function described({ existing, uses }: ComparedIndexes, index: KnownIndex, state: IndexState['state']): IndexState {
  const { name, keys, unique, where = null, expireAfterSeconds = null } = index;
  const use = state === 'missing' ? undefined : uses?.get(name);
  const isPlain = !unique && name !== '_id_' && expireAfterSeconds === null && state !== 'missing';
  return {
    ...{ name, keys, unique, where, expireAfterSeconds, state },
    uses: use?.uses ?? null,
    usesSince: use?.since.toISOString() ?? null,
    unused: isPlain && use?.uses === 0 && Date.now() - use.since.getTime() >= COUNTED_FOR_MS,
    prefixOf: isPlain ? (existing.find((other) => isPrefix(index, other))?.name ?? null) : null,
  };
}

/** Whether the other index begins with all keys of this one, goes on, and holds the same documents. */
function isPrefix(index: KnownIndex, other: KnownIndex): boolean {
  const [own, others] = [Object.entries(index.keys), Object.entries(other.keys)];
  const begins = own.length < others.length && own.every((key, at) => String(key) === String(others[at]));
  const same = JSON.stringify(index.where) === JSON.stringify(other.where) && index.further === other.further;
  return begins && same && index !== other;
}
