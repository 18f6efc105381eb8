import { readFileSync } from 'node:fs';

interface Constant {
  readonly file: string;
  /** Finds the value as its one group. */
  readonly pattern: RegExp;
  /** How the page says it. */
  readonly say: (value: number) => string;
}

const said = (value: number) => value.toLocaleString('en');
const inMs = (value: number) => `${said(value)} ms`;
const inSeconds = (value: number) => `${said(value / 1_000)} s`;
const inHours = (value: number) => `${said(value / 3_600_000)} h`;
const asShare = (value: number) => `${said(100 * value)} %`;
const plain = (value: number) => said(value);

/** Numbers of the code that the page tells of, read where they stand. */
const CONSTANTS: Readonly<Record<string, Constant>> = {
  'read lease': { file: 'src/common/cache/tag-versions.ts', pattern: /READ_LEASE_MS = ([\d_]+)/, say: inMs },
  'fence lease': { file: 'src/common/cache/fences.ts', pattern: /LEASE_MS = ([\d_]+)/, say: inSeconds },
  'settling time': {
    file: 'src/common/cache/settling-times.ts',
    pattern: /COMMIT_WITHIN_MS = ([\d_]+)/,
    say: (ms) => inSeconds(ms + 1_000),
  },
  'life of a version': {
    file: 'src/common/cache/redis-tag-store.ts',
    pattern: /VERSION_TTL_MS = ([\d_]+) \* 3_600_000/,
    say: (hours) => inHours(hours * 3_600_000),
  },
  'least bytes that are compressed': {
    file: 'src/common/cache/payload.ts',
    pattern: /COMPRESS_FROM_BYTES = ([\d_]+)/,
    say: (bytes) => `${said(bytes)} bytes`,
  },
  'connections beside the turns': {
    file: 'src/common/database/database-gate.ts',
    pattern: /RESERVED = ([\d_]+)/,
    say: plain,
  },
  'least turns': { file: 'src/common/database/database-gate.ts', pattern: /LEAST_AT_ONCE = ([\d_]+)/, say: plain },
  'share of turns for writes': {
    file: 'src/common/database/database-gate.ts',
    pattern: /WRITES_SHARE = ([\d.]+)/,
    say: asShare,
  },
  'longest wait for a turn': {
    file: 'src/common/database/database-gate.ts',
    pattern: /TURN_WITHIN_MS = \{ waitMs: ([\d_]+)/,
    say: inSeconds,
  },
  'longest wait in a standing queue': {
    file: 'src/common/database/database-gate.ts',
    pattern: /standingWaitMs: ([\d_]+) \} as const;\nconst LEAST/,
    say: inMs,
  },
  'queue stands after': {
    file: 'src/common/resilience/concurrency-limit.ts',
    pattern: /STANDING_MS = ([\d_]+)/,
    say: inSeconds,
  },
  'longest wait for a connection': {
    file: 'src/common/database/database.module.ts',
    pattern: /waitQueueTimeoutMS: ([\d_]+)/,
    say: inSeconds,
  },
  'latency that lowers the limit': {
    file: 'src/common/resilience/concurrency-limit.ts',
    pattern: /TOLERANCE = ([\d_]+)/,
    say: plain,
  },
  'requests that a connection may have waiting': {
    file: 'src/common/http/connection-limits.ts',
    pattern: /MOST_WAITING = ([\d_]+)/,
    say: plain,
  },
  'old space': { file: 'package.json', pattern: /--max-old-space-size=(\d+)/, say: (mb) => `${mb} MB` },
  'semi space': { file: 'package.json', pattern: /--max-semi-space-size=(\d+)/, say: (mb) => `${mb} MB` },
  'confirmed ahead': { file: 'src/common/cache/tag-versions.ts', pattern: /CONFIRM_AHEAD_MS = ([\d_]+)/, say: inMs },
  'delay that refuses everybody': {
    file: 'src/modules/auth/load-shedder.ts',
    pattern: /SEVERE = ([\d_]+)/,
    say: plain,
  },
  'answers a second from which times are judged': {
    file: 'bench/support/budgets.ts',
    pattern: /LEAST_OF_NODE = ([\d_]+)/,
    say: plain,
  },
  jitter: { file: 'src/common/cache/coherent-cache.ts', pattern: /JITTER = ([\d.]+)/, say: asShare },
  'life of an absence': {
    file: 'src/common/cache/coherent-cache.ts',
    pattern: /ABSENT_TTL_MS = ([\d_]+)/,
    say: inSeconds,
  },
  'examined for each that is returned': {
    file: 'src/common/database/query-plan.ts',
    pattern: /MOST_EXAMINED_RATIO = ([\d_]+)/,
    say: plain,
  },
};

/** @throws when the page names a constant that isn't known here, or the code doesn't have it any more */
export function constant(name: string): string {
  const wanted = CONSTANTS[name];
  if (wanted === undefined)
    throw new Error(`There is no constant "${name}"; there are: ${Object.keys(CONSTANTS).join(', ')}`);
  const found = wanted.pattern.exec(readFileSync(wanted.file, 'utf8'))?.[1];
  if (found === undefined)
    throw new Error(`${wanted.file} has no ${wanted.pattern} any more: correct the constant "${name}"`);
  return wanted.say(Number(found.replaceAll('_', '')));
}
