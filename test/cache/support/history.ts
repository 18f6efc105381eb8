/**
 * What somebody did with a register, a thing whose every committed write raises an integer: its value. Times are of
 * one clock; only their order counts, and equal times are taken for simultaneous.
 */
export interface Operation {
  readonly key: string;
  readonly kind: 'read' | 'write';
  /** What the read returned, or what the write's commit has set; undefined when nobody knows. */
  readonly value: number | undefined;
  readonly invokedAt: number;
  /** Undefined: it failed, or its result is unknown. Such a write may take effect at any time after it began, or never. */
  readonly respondedAt: number | undefined;
}

export type Rule =
  /** A write was acknowledged before the read began, and the read returned an older value. */
  | 'stale after acknowledgement'
  /** Another read returned before this one began, with a newer value. */
  | 'new, then old'
  /** The read ended before the write of its value began. */
  | 'read before written'
  /** A write didn't raise the value above what was known when it began, or two have set the same: not the cache's fault. */
  | 'not a register';

export interface Violation {
  readonly rule: Rule;
  readonly operation: Operation;
  /** What it contradicts. */
  readonly other: Operation;
}

/**
 * Whether each key was a linearizable register. With values that grow in the order of the commits it is, exactly when
 * nothing returns less than what was known before it began. Takes n log n steps; an operation without an end or a
 * value is no evidence against any other.
 */
export function findViolations(operations: readonly Operation[]): Violation[] {
  const done = operations.filter(isDone);
  const byKey = Map.groupBy(done, ({ key }) => key);
  return [...byKey.values()].flatMap((ofKey) => [...goingBack(ofKey), ...outOfNowhere(ofKey)]);
}

type Done = Operation & { readonly value: number; readonly respondedAt: number };

const isDone = (operation: Operation): operation is Done =>
  operation.value !== undefined && operation.respondedAt !== undefined;

/** Operations that returned less than what was acknowledged before they began. */
function goingBack(operations: readonly Done[]): Violation[] {
  const begun = operations.toSorted((a, b) => a.invokedAt - b.invokedAt);
  const ended = operations.toSorted((a, b) => a.respondedAt - b.respondedAt).values();
  const newest: { write: Done | undefined; read: Done | undefined } = { write: undefined, read: undefined };
  const violations: Violation[] = [];
  let next = ended.next();
  for (const operation of begun) {
    for (; !next.done && next.value.respondedAt < operation.invokedAt; next = ended.next()) {
      const { value: before } = next;
      if (before.value > (newest[before.kind]?.value ?? Number.NEGATIVE_INFINITY)) newest[before.kind] = before;
    }
    for (const other of [newest.write, newest.read]) {
      if (other === undefined) continue;
      if (operation.kind === 'read' && operation.value < other.value) {
        violations.push({ rule: STALE[other.kind], operation, other });
      }
      if (operation.kind === 'write' && operation.value <= other.value) {
        violations.push({ rule: 'not a register', operation, other });
      }
    }
  }
  return violations;
}

const STALE = { write: 'stale after acknowledgement', read: 'new, then old' } as const;

/** Values that were read before they were written, or written twice. */
function outOfNowhere(operations: readonly Done[]): Violation[] {
  const writes = new Map<number, Done>();
  const violations: Violation[] = [];
  for (const operation of operations) {
    if (operation.kind === 'read') continue;
    const other = writes.get(operation.value);
    if (other !== undefined) violations.push({ rule: 'not a register', operation, other });
    writes.set(operation.value, operation);
  }
  for (const operation of operations) {
    const other = operation.kind === 'read' ? writes.get(operation.value) : undefined;
    if (other !== undefined && operation.respondedAt < other.invokedAt) {
      violations.push({ rule: 'read before written', operation, other });
    }
  }
  return violations;
}
