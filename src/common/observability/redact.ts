import { REDACTED, redactText, redactTokens } from './redact-text.js';
import { isIdName, isSecretHeader, type Sensitivity, sensitivityOf } from './sensitive-names.js';

/**
 * Takes secrets out of a finished line of the log: of all texts and names in it, and all that stands under a name such
 * as `password`, at any depth. What holds none stays as it is, to the letter.
 * @param line compact JSON, as pino makes it
 * @throws when it is none
 */
export function redactLine(line: string): string {
  let kept = '';
  let from = 0;
  let ids = false;
  const replace = (start: number, end: number, by: string) => {
    kept += line.slice(from, start) + by;
    from = end;
  };
  let at = line.indexOf('"', lengthOfHead(line));
  while (at !== -1) {
    const end = endOfString(line, at);
    const isName = line.charAt(end) === ':';
    const known = isName ? nameOf(line.slice(at, end)) : undefined;
    if (known === undefined) {
      const text = textOf(line, at, end);
      const shown = ids ? redactTokens(text) : redactText(text);
      if (shown !== text) replace(at, end, JSON.stringify(shown));
    } else {
      if (known.shown !== undefined) replace(at, end, JSON.stringify(known.shown));
      ids = known.ids;
    }
    const next = known === undefined ? end : end + 1;
    const secret = known === undefined ? secretAfterHeader(line, at, end) : secretOf(line, next, known.sensitivity);
    if (secret !== undefined) replace(secret.from, secret.to, `"${REDACTED}"`);
    at = line.indexOf('"', secret?.to ?? next);
  }
  return from === 0 ? line : kept + line.slice(from);
}

/** What pino itself writes first: `{"level":"info","time":"2026-11-21T08:00:00.000Z"`. */
function lengthOfHead(line: string): number {
  HEAD.lastIndex = 0;
  return HEAD.test(line) ? HEAD.lastIndex : 0;
}

const HEAD = /\{"level":"[a-z]+","time":"[\dT:.-]{23}Z"/y;

/** Behind the quote that ends the string which begins at `at`. */
function endOfString(line: string, at: number): number {
  for (let quote = line.indexOf('"', at + 1); quote !== -1; quote = line.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (line.charCodeAt(quote - backslashes - 1) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
  throw new Error('A line of the log is no JSON');
}

const BACKSLASH = 92;

interface Name {
  readonly sensitivity: Sensitivity;
  /** Whether its values are ids. */
  readonly ids: boolean;
  /** The name to show, where it holds a secret itself. */
  readonly shown?: string;
}

/** A service has few names; clients can make it log some more. */
const NAMES_KEPT = 1000;
const names = new Map<string, Name>();

function nameOf(quoted: string): Name {
  const known = names.get(quoted);
  if (known !== undefined) return known;
  const text = textOf(quoted, 0, quoted.length);
  const shown = redactText(text);
  const name = {
    sensitivity: sensitivityOf(text),
    ids: isIdName(text),
    ...(shown === text ? {} : { shown }),
  };
  if (shown === text && quoted.length <= 64 && names.size < NAMES_KEPT) names.set(quoted, name);
  return name;
}

function textOf(line: string, at: number, end: number): string {
  const raw = line.slice(at + 1, end - 1);
  return raw.includes('\\') ? JSON.parse(`"${raw}"`) : raw;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** The value at `at`, where it may not be shown. */
function secretOf(line: string, at: number, sensitivity: Sensitivity): Span | undefined {
  if (sensitivity === 'shown' && !isBytes(line, at)) return undefined;
  const first = line.charAt(at);
  if (first === '"') return { from: at, to: endOfString(line, at) };
  if (sensitivity === 'secret-text' || /[tfn]/.test(first)) return undefined; // true, false, null
  return { from: at, to: endOfValue(line, at) };
}

/** The bytes of a Buffer can be read as well as its text. */
const isBytes = (line: string, at: number): boolean => line.startsWith(BYTES, at - BYTES.length + 1);

const BYTES = '"type":"Buffer","data":[';

/** The value that follows the name of a header in a list of both. */
function secretAfterHeader(line: string, at: number, end: number): Span | undefined {
  if (!line.startsWith(',"', end) || end - at > 24 || !isSecretHeader(line.slice(at + 1, end - 1))) return undefined;
  const to = endOfString(line, end + 1);
  return line.charAt(to) === ':' ? undefined : { from: end + 1, to };
}

const STRUCTURE = /["{}[\],]/g;

function endOfValue(line: string, at: number): number {
  let depth = 0;
  STRUCTURE.lastIndex = at;
  for (let found = STRUCTURE.exec(line); found !== null; found = STRUCTURE.exec(line)) {
    const [token] = found;
    if (token === '"') {
      STRUCTURE.lastIndex = endOfString(line, found.index);
    } else if (token === '{' || token === '[') {
      depth += 1;
    } else if (depth === 0) {
      return found.index;
    } else if (token !== ',') {
      depth -= 1;
      if (depth === 0) return STRUCTURE.lastIndex;
    }
  }
  throw new Error('A line of the log is no JSON');
}
