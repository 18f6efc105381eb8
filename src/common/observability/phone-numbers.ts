/**
 * Takes telephone numbers out of a text: those with a `+`, and digits in groups as people write them. A number without
 * either looks like any other. Dates, times, addresses of hosts, versions, decimals and UUIDs stay.
 */
export function withoutPhones(text: string, instead: string): string {
  if (!PROMISING.test(text)) return text;
  return text.replace(CANDIDATE, (match: string, ...rest: readonly unknown[]) => {
    const { plain, international } = groupsOf(rest.at(-1));
    if (international !== undefined) return digitsOf(match).length >= 6 ? instead : match;
    const after = text.charAt(Number(rest.at(-3)) + match.length);
    return plain !== undefined && !/\w/.test(after) && isGrouped(plain) ? instead : match;
  });
}

/** Two digits with something between them, or one after a `+`: of no other text is more asked. */
const PROMISING = /\d[ ().\-/+%\u00a0]{1,4}\d|(?:\+|%2B)[ (]?\d/i;

/** As it stands in text, and in the query of a URL. */
const SEPARATOR = '(?:[ .\\-/()+\\u00a0]|%2[089F])';
const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const MONTH = '(?:0[1-9]|1[0-2])';
const DAY = '(?:0[1-9]|[12]\\d|3[01])';
const TIME = '\\d\\d?:\\d\\d(?::\\d\\d(?:[.,]\\d+)?)?';
const EXTENSION = '(?: ?(?:x|ext\\.?) ?\\d{1,6})?';

/** What could be one, after what looks like one and isn't: the first that fits at a place is taken. */
const CANDIDATE = new RegExp(
  [
    '(?:(?<!\\w)|(?<=\\\\[nrt]))(?:',
    [
      '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?!\\w)',
      `\\d{4}([-/.])${MONTH}\\1${DAY}(?!\\d)(?:[T ]${TIME}(?:Z|[+-]\\d\\d:?\\d\\d)?)?`,
      `${DAY}([-/.])${DAY}\\2(?:19|20)\\d\\d(?!\\d)`,
      TIME,
      `(?:${OCTET}\\.){3}${OCTET}(?!\\.?\\d)(?::\\d+)?`,
      `\\d+\\.\\d+(?!${SEPARATOR}{0,2}\\d)`,
      '(?<=:)\\d{2,5}(?![^\\s,;)\\]])', // A port.
      `(?<international>(?:\\+|%2B) ?\\(?\\d(?:${SEPARATOR}{0,2}\\d)*${EXTENSION})`,
      `(?<![a-z\\d]-)(?<!\\d\\.)(?<plain>\\(?\\d{1,6}(?:${SEPARATOR}{1,2}\\d{2,12})+${EXTENSION})`,
    ].join('|'),
    ')',
  ].join(''),
  'gi',
);

interface Groups {
  readonly plain?: string | undefined;
  readonly international?: string | undefined;
}

/** What `replace` hands over as the named groups. */
function groupsOf(groups: unknown): Groups {
  return typeof groups === 'object' && groups !== null ? groups : {};
}

const digitsOf = (text: string): string => text.replaceAll(/%2[089BF]|\D/gi, '');

/** Whether these groups of digits are a telephone number's, rather than some figures that stand together. */
function isGrouped(run: string): boolean {
  if (digitsOf(run).length < 7) return false;
  const groups = run.split(/(?:%2[089F]|\D)+/).filter((group) => group !== '');
  if (groups.length > 2 || run.startsWith('0') || /[()]|%2[89]|x/i.test(run)) return true;
  const lengths = groups.map((group) => group.length).join('+');
  return run.includes('-') || (!/[./]|%2F/i.test(run) && (lengths === '3+4' || lengths === '4+4'));
}
