/** Visible ASCII, with quotes and backslashes escaped (RFC 9651 3.3.3, without its spaces). */
const QUOTED = /^"((?:[!#-[\]-~]|\\["\\])+)"$/;
const BARE = /^[!#-~][!-~]*$/;
const LONGEST = 255;

/**
 * The key that a client has sent: the string of draft-ietf-httpapi-idempotency-key-header, or the bare token that many
 * clients send instead. `"a"` and `a` are the same key.
 * @returns undefined when it is neither, or isn't of 1 to 255 visible ASCII characters
 */
export function parseIdempotencyKey(header: string): string | undefined {
  const key = QUOTED.exec(header)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? (BARE.test(header) ? header : undefined);
  return key === undefined || key.length > LONGEST ? undefined : key;
}
