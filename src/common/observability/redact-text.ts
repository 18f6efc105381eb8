import { withoutPhones } from './phone-numbers.js';
import { SECRET_NAME } from './sensitive-names.js';

/** Stands for whatever was taken out. */
export const REDACTED = '[redacted]';

/**
 * Takes secrets out of a text, whatever it is: the values of names such as `password` and `licenseNumber` in JSON, a
 * query, a dump of headers or an error of MongoDB; credentials, tokens and API keys; passwords in URLs; e-mail
 * addresses and telephone numbers. All else stays as it is. It takes time in proportion to the text, also of a hostile one.
 */
export const redactText = (text: string): string => withoutPhones(redactTokens(text), REDACTED);

/** The same for the ids that clients choose, in which a telephone number is none. */
export const redactTokens = (text: string): string => withoutPatterns(withoutUsers(withoutNamedValues(text)));

/**
 * The name, its closing quote (with the backslashes of JSON in JSON), and what stands before the value. A `key` is a
 * secret only when it is a word of its own.
 */
const NAMED = new RegExp(
  `(?:(?<headers>authorization|cookie)|${SECRET_NAME}|(?<![\\w-])(?<key>key))(?![\\w-])(?:\\\\{0,255}["'\`])?\\s{0,4}(?:=>?|:|>)\\s{0,4}`,
  'gi',
);

function withoutNamedValues(text: string): string {
  let kept = '';
  let from = 0;
  NAMED.lastIndex = 0;
  for (let named = NAMED.exec(text); named !== null; named = NAMED.exec(text)) {
    const start = NAMED.lastIndex;
    const isKey = named.groups?.['key'] !== undefined;
    if (isKey && /[[{]/.test(text.charAt(start))) continue; // MongoDB's "dup key: { ... }"
    const value = valueAt(text, start, named.groups?.['headers'] !== undefined);
    if (NOTHING.test(text.slice(value.from, Math.min(value.to, value.from + 32)))) continue;
    kept += text.slice(from, value.from) + REDACTED;
    from = value.to;
    NAMED.lastIndex = value.to;
  }
  return from === 0 ? text : kept + text.slice(from);
}

/** What is no value, with what closes around it. */
const NOTHING = /^(?:null|undefined|true|false)?[)\]}]*$/;

interface Span {
  readonly from: number;
  readonly to: number;
}

const OPENING = /(\\*)(["'`])/y;
const WORD = /(?:[^\s,;&"'`<>\\]|\\+(?!["'`\\]))*/y;
const PHONE = /\+?\(?\d[\d ().\-/]*\d(?: ?(?:x|ext\.?) ?\d{1,6})?/iy;
const LINE = /[^\r\n]*/y;

function valueAt(text: string, at: number, wholeLine: boolean): Span {
  OPENING.lastIndex = at;
  const [, backslashes, quote] = OPENING.exec(text) ?? [];
  if (backslashes !== undefined && quote !== undefined) {
    const from = OPENING.lastIndex;
    return { from, to: endOfQuoted(text, from, quote, backslashes.length) };
  }
  if (/[[{]/.test(text.charAt(at))) return { from: at, to: endOfGroup(text, at) };
  const ends = (wholeLine ? [LINE] : [WORD, PHONE]).map((pattern) => {
    pattern.lastIndex = at;
    return pattern.test(text) ? pattern.lastIndex : at;
  });
  return { from: at, to: Math.max(...ends) };
}

/**
 * Where the closing quote begins, with its backslashes. Each level of JSON in JSON doubles them and adds one, so that
 * those of another level are told from it. One that nothing could follow belongs to the text, as MongoDB escapes none.
 */
function endOfQuoted(text: string, from: number, quote: string, backslashes: number): number {
  for (let at = text.indexOf(quote, from); at !== -1; at = text.indexOf(quote, at + 1)) {
    let before = 0;
    while (at - before > from && text.charAt(at - before - 1) === '\\') before += 1;
    if (before % (2 * (backslashes + 1)) === backslashes && /^[^\p{L}\p{N}]?$/u.test(text.charAt(at + 1))) {
      return at - backslashes;
    }
  }
  return text.length;
}

const GROUPING = /(\\*)(["'`])|[{}[\]]/g;

/** The end of what is in braces or brackets; the end of the text where they aren't closed. */
function endOfGroup(text: string, at: number): number {
  let depth = 0;
  GROUPING.lastIndex = at;
  for (let found = GROUPING.exec(text); found !== null; found = GROUPING.exec(text)) {
    const [token, backslashes = '', quote] = found;
    if (quote !== undefined) {
      GROUPING.lastIndex = endOfQuoted(text, GROUPING.lastIndex, quote, backslashes.length) + token.length;
    } else {
      depth += token === '{' || token === '[' ? 1 : -1;
      if (depth === 0) return GROUPING.lastIndex;
    }
  }
  return text.length;
}

/** What no part of an e-mail address is; the text around it is wider than the addresses that the API takes. */
const NO_ADDRESS = '\\s@<>()[\\]{}"\',;:=&?/\\\\|`*!#$^';
const LOCAL = `[^${NO_ADDRESS}]`;
const LABEL = `[^${NO_ADDRESS}.%+_~]`;
const LAST_LABEL = `(?:[^${NO_ADDRESS}.%+_~\\d-]{2}|xn--)${LABEL}*`;

/** The order matters where two fit at one place. What is kept stands in a lookbehind. */
const PATTERNS = new RegExp(
  [
    '-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^]*?(?:-----END [A-Z ]{0,30}-----|$)',
    'es_(?:[0-9a-f]{12}|dev)_[\\w-]{20,}',
    'eyJ[\\w-]{8,}(?:\\.[\\w-]*){0,4}',
    // Not the words of a sentence about them.
    '(?<=Bearer[ \\t]{1,4})(?!(?:tokens?|auth|authentication|authorization|credentials?|realm|scheme|error|scope)(?![\\w~+/.-]))[\\w~+/.-]{6,}=*',
    '(?<=Basic[ \\t]{1,4})(?<basic>[\\w+/-]{4,}=*)',
    `(?<!${LOCAL})(?<!${LOCAL}')${LOCAL}+(?:'${LOCAL}+)*(?:@|%40)(?:${LABEL}+\\.)+${LAST_LABEL}`,
    // Of Mongoose and of V8, which tell what they couldn't read.
    '(?<=failed for value ")(?:[^"\\\\]|\\\\.)*(?=")',
    '(?<=Path `[^`]{1,200}` \\(`)[^`]*(?=`\\))',
    '(?<=Unexpected [^,\\n]{1,40}, )[^]{1,200}?(?= is not valid JSON)',
  ].join('|'),
  'gi',
);

/** Of what any of them needs, a little: most texts have nothing of it, and that is found out much sooner. */
const PROMISING = new RegExp(
  `${LOCAL}(?:@|%40)|eyJ|es_(?:[0-9a-f]{12}|dev)_|(?:bearer|basic)[ \\t]|-----BEGIN|failed for value|Path \`|Unexpected `,
  'i',
);

function withoutPatterns(text: string): string {
  if (!PROMISING.test(text)) return text;
  return text.replace(PATTERNS, (found: string, ...rest: readonly unknown[]) =>
    isNoCredential(rest.at(-1)) ? found : REDACTED,
  );
}

/** "Basic authentication" names no credential: one is a user's name and a password, encoded. */
function isNoCredential(groups: unknown): boolean {
  if (typeof groups !== 'object' || groups === null || !('basic' in groups)) return false;
  return typeof groups.basic === 'string' && !Buffer.from(groups.basic, 'base64').includes(':');
}

/** Of the web, and of all others: in those passwords are also written as they are, with any character in them. */
const AUTHORITIES = /(https?:\/\/)([^\s/?#"'<>]*)|(:\/\/)([^\s"'<>]*)/gi;

/** Without the users and passwords of URLs. */
function withoutUsers(text: string): string {
  if (!text.includes('://')) return text;
  return text.replace(AUTHORITIES, (all: string, web = '', host = '', other = '', rest = '') => {
    const end = `${host}${rest}`.lastIndexOf('@');
    return end <= 0 ? all : `${web}${other}${REDACTED}${`${host}${rest}`.slice(end)}`;
  });
}
