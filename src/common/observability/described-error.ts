/** An error as the log has it. */
export interface DescribedError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
  /** Its members that are no objects, such as `code`. */
  readonly [member: string]: unknown;
}

const DEEPEST = 5;
const MOST_ERRORS = 10;

/** With its stack and its causes. Of what else hangs on it, which may be a whole record, only plain values are told. */
export function describeError(error: Error, depth = 0): DescribedError {
  const plain = Object.entries(error).filter(([, value]) => /^(?:string|number|boolean)$/.test(typeof value));
  const within = (inner: unknown): unknown => {
    if (!(inner instanceof Error)) return typeof inner === 'object' ? undefined : inner;
    return depth < DEEPEST ? describeError(inner, depth + 1) : inner.message;
  };
  return {
    ...Object.fromEntries(plain),
    type: error.constructor.name || error.name,
    message: String(error.message),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: within(error.cause) }),
    ...(error instanceof AggregateError ? { errors: error.errors.slice(0, MOST_ERRORS).map(within) } : {}),
  };
}

/** Of an error, all that is left is its stack. */
export function errorOfStack(stack: string): DescribedError {
  const head = stack.slice(0, stack.search(/\n[ \t]{1,16}at \S/));
  const [, type = 'Error', message = head] = /^(\w+)(?: \[\w+\])?: (.*)$/s.exec(head) ?? [];
  return { type, message, stack };
}
