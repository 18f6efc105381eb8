import { isNativeError } from 'node:util/types';

/** Unlike `instanceof`, these know the errors of Node's own modules inside Jest too, where they come from another realm. */
export function messageOf(error: unknown): string {
  return isNativeError(error) ? error.message : String(error);
}

/** Whether it is a system error of that code, such as EEXIST. */
export function hasCode(error: unknown, code: string): boolean {
  return isNativeError(error) && 'code' in error && error.code === code;
}
