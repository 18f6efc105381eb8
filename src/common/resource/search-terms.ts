/** A search counts by its first 32 characters: longer ones match the same records as their beginning does. */
export const SEARCH_LENGTH = 32;

/** Letters that Unicode doesn't take apart, but that people type without their stroke or ligature. */
const PLAIN: Readonly<Record<string, string>> = { ς: 'σ', ø: 'o', ł: 'l', đ: 'd', æ: 'ae', œ: 'oe' };

/** Words after these begin no terms of their own, which bounds the index entries of a record. */
const MOST_WORDS = 12;

/**
 * Folds case, accents and width (Unicode NFKD without marks), and what is neither letter nor digit into
 * single spaces, so that `Zoë-Ann`, `zoe ann` and `ＺＯＥ　ＡＮＮ` are one.
 */
export function foldText(value: string): string {
  return (
    value
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      // Down first for ẞ, which has no upper case of its own; up for ß, which is SS there.
      .toLowerCase()
      .toUpperCase()
      .toLowerCase()
      .replace(/[ςøłđæœ]/g, (letter) => PLAIN[letter] ?? letter)
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()
  );
}

/** The term that a search looks up by equality; empty when nothing searchable was given. */
export const searchTerm = (search: string): string => clip(foldText(search));

/**
 * Every beginning of the phrases that start at each word of the texts. A search for any of them is one
 * equality on a multikey index, so a page of results costs the same at any depth and in any sort the
 * index carries; a range or a regular expression on words would do neither.
 */
export function searchTerms(texts: readonly (string | undefined)[]): string[] {
  const terms = new Set<string>();
  for (const value of texts) {
    if (value === undefined) continue;
    const words = foldText(value).split(' ');
    for (let start = 0; start < Math.min(words.length, MOST_WORDS); start += 1) {
      addBeginnings(clip(words.slice(start).join(' ')), terms);
    }
  }
  return [...terms];
}

function addBeginnings(phrase: string, into: Set<string>): void {
  let beginning = '';
  for (const character of phrase) {
    beginning += character;
    if (character !== ' ') into.add(beginning);
  }
}

/** By code points, so that no character is cut in half. */
const clip = (folded: string): string => [...folded].slice(0, SEARCH_LENGTH).join('').trimEnd();
