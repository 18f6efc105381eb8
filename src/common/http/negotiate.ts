import Negotiator from 'negotiator';
import type { Coding } from '../cache/payload.js';

/** What answers are encoded in, the smallest first: among those that a client likes equally the first is taken. */
const CODINGS = ['br', 'zstd', 'gzip', 'identity'] as const satisfies readonly Coding[];

const MOST_REMEMBERED = 500;
const remembered = new Map<string, Coding>();

/**
 * The coding that a client likes best (RFC 9110 12.5.3). Clients send a handful of different headers, so each is
 * parsed once.
 */
export function codingFor(acceptEncoding: string | undefined): Coding {
  if (acceptEncoding === undefined) return 'identity';
  const known = remembered.get(acceptEncoding);
  if (known !== undefined) return known;
  const negotiator = new Negotiator({ headers: { 'accept-encoding': acceptEncoding } });
  const [liked] = negotiator.encodings(CODINGS, { preferred: CODINGS });
  const coding = CODINGS.find((name) => name === liked) ?? 'identity';
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(acceptEncoding, coding);
  return coding;
}
