import { describeError, errorOfStack } from './described-error.js';

/** A line of the log before it is written. */
export interface LogEntry {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string | undefined;
}

/**
 * Makes one line of what a caller of Nest's logger gives: texts, objects whose members become fields, errors, and
 * stacks as text.
 */
export function logEntry(parts: readonly unknown[]): LogEntry {
  const fields: Record<string, unknown> = {};
  const texts: string[] = [];
  for (const part of parts) {
    if (part === undefined) continue;
    if (part instanceof Error) fields['err'] = part;
    else if (isStack(part)) fields['err'] = part;
    else if (Array.isArray(part)) fields['list'] = part;
    else if (typeof part === 'object' && part !== null) takeMembers(part, fields);
    else texts.push(String(part));
  }
  const { err: given, error, msg, ...others } = fields;
  const err = errorOf(given ?? error);
  if (err === undefined) Object.assign(others, { err: given, error });
  if (typeof msg === 'string') texts.unshift(msg);
  const text = texts.length > 0 ? texts.join(' ') : err?.message;
  return { fields: err === undefined ? others : { ...others, err }, text };
}

/** Whether a text is an error's stack, as Nest tells it from the name of a context. */
export const isStack = (part: unknown): part is string => typeof part === 'string' && /\n[ \t]{1,16}at \S/.test(part);

/** What a line says of itself can't be said by its members. */
function takeMembers(part: object, fields: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(part)) {
    if (value !== undefined)
      fields[name === 'level' || name === 'time' || name === 'context' ? `${name}_` : name] = value;
  }
}

function errorOf(error: unknown) {
  if (error instanceof Error) return describeError(error);
  return isStack(error) ? errorOfStack(error) : undefined;
}
