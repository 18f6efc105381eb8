import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { foldText, SEARCH_LENGTH, searchTerm, searchTerms } from './search-terms.js';

describe('texts that people hold for the same', () => {
  it.each([
    ['case', 'PORT Lions', 'port lions'],
    ['accents', 'Zoë Núñez', 'zoe nunez'],
    ['combining accents', 'Zoe\u0308', 'Zoë'],
    ['sharp s', 'Weiß', 'WEISS'],
    ['capital sharp s', 'GROẞ', 'groß'],
    ['dotted capital I', 'İzmir', 'izmir'],
    ['dotless i', 'Işık', 'isik'],
    ['ligatures', 'ﬀlorence', 'fflorence'],
    ['full width', 'ＺＯＥ　ＡＮＮ', 'zoe ann'],
    ['final sigma', 'ΟΔΥΣΣΕΥΣ', 'οδυσσευς'],
    ['sigma within', 'οδυσσευς', 'οδυσσευσ'],
    ['hyphens', 'Zoë-Ann', 'zoe ann'],
    ['apostrophes and spaces', "  O'Brien  ", 'o brien'],
    ['emoji', 'Smile 😀 Dental', 'smile dental'],
    ['roman numerals', 'Clinic Ⅳ', 'clinic iv'],
  ])('are one: %s', (_, one, other) => {
    expect(foldText(one)).toBe(foldText(other));
  });

  it('are folded once and for all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (any) => expect(foldText(foldText(any))).toBe(foldText(any))),
    );
  });
});

describe('a search', () => {
  it.each([
    ['the beginning of the first word', 'po'],
    ['the beginning of a later word', 'den'],
    ['a whole word', 'lions'],
    ['words that follow each other', 'lions dental'],
    ['words up to within the last', 'port lions d'],
    ['other case and accents', 'PÖRT'],
  ])('finds by %s', (_, search) => {
    expect(searchTerms(['Port Lions Dental'])).toContain(searchTerm(search));
  });

  it.each([
    ['the end of a word', 'ions'],
    ['words that do not follow each other', 'port dental'],
    ['a pattern', '.*'],
    ['an operator', '$where'],
  ])('does not find by %s', (_, search) => {
    expect(searchTerms(['Port Lions Dental'])).not.toContain(searchTerm(search));
  });

  it.each(['', ' ', '😀', '--', '\u0301'])('has nothing to look up in %j', (search) => {
    expect(searchTerm(search)).toBe('');
  });

  it('finds by any beginning of any record, and by what is longer than is kept', () => {
    const texts = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((any) => foldText(any) !== '');
    fc.assert(
      fc.property(texts, fc.nat(), (any, cut) => {
        const characters = [...foldText(any)];
        const beginning = characters.slice(0, 1 + (cut % characters.length)).join('');
        expect(searchTerms([any])).toContain(searchTerm(beginning));
      }),
    );
  });
});

describe('the terms of a record', () => {
  it('are the beginnings of what starts at each word, without repetition', () => {
    expect(searchTerms(['Al Al']).toSorted()).toEqual(['a', 'al', 'al a', 'al al']);
  });

  it('leave out texts that the record does not have', () => {
    expect(searchTerms([undefined, 'Al'])).toEqual(['a', 'al']);
  });

  it('never end in a space, never are empty', () => {
    const terms = searchTerms(['  a  b  ', '', '--']);
    expect(terms.filter((term) => term.trim() !== term || term === '')).toEqual([]);
  });

  it('are bounded in length and in number, however long the text', () => {
    const terms = searchTerms(['word '.repeat(100), 'x'.repeat(1000)]);
    expect(Math.max(...terms.map((term) => [...term].length))).toBeLessThanOrEqual(SEARCH_LENGTH);
    const manyWords = Array.from({ length: 500 }, (_, at) => `w${at}${'y'.repeat(40)}`).join(' ');
    expect(searchTerms([manyWords]).length).toBeLessThanOrEqual(12 * SEARCH_LENGTH);
  });

  it('cut no character in half', () => {
    expect(searchTerms(['𝒳'.repeat(40)]).every((term) => term.isWellFormed())).toBe(true);
    expect(searchTerm('𠀋'.repeat(40))).toBe('𠀋'.repeat(SEARCH_LENGTH));
  });
});
