/** An index of a collection, declared beside its schema and verified at start. */
export interface IndexSpec {
  readonly name: string;
  /** In order; 1 ascending, -1 descending. */
  readonly keys: Readonly<Record<string, 1 | -1>>;
  readonly unique?: true;
  /** Only documents that match are in the index (MongoDB's partialFilterExpression). */
  readonly where?: Readonly<Record<string, unknown>>;
  /** MongoDB removes each document so many seconds after the date in its key. */
  readonly expireAfterSeconds?: number;
}

/** Declares an index named after its keys, as MongoDB would name it. */
export function index(keys: IndexSpec['keys'], options: Omit<IndexSpec, 'name' | 'keys'> = {}): IndexSpec {
  const name = Object.entries(keys)
    .map(([key, direction]) => `${key}_${direction}`)
    .join('_');
  return { name, keys, ...options };
}
