import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { DEFAULT_ALERT_RULES } from './alerts-default-rules.js';
import { AlertRulesError, parseAlertRules, readAlertRules } from './alerts-rules.js';

const RULE = {
  name: 'heap-nearly-full',
  signal: 'heapShare',
  above: 0.85,
  forSeconds: 60,
  severity: 'ticket',
  summary: 'The heap is nearly full.',
  advice: 'Find out what fills it.',
};

const mistakesIn = (rules: unknown): readonly string[] => {
  try {
    parseAlertRules(rules, 'rules.json');
  } catch (error) {
    if (error instanceof AlertRulesError) return error.mistakes;
    throw error;
  }
  return [];
};

const folder = mkdtempSync(join(tmpdir(), 'alert-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (content: string): string => {
  const path = join(folder, 'rules.json');
  writeFileSync(path, content);
  return path;
};

describe('the rules of the service', () => {
  it('are rules, also when they are written to a file as JSON', () => {
    const rules = parseAlertRules(DEFAULT_ALERT_RULES, 'the service');
    expect(readAlertRules(file(JSON.stringify(DEFAULT_ALERT_RULES)))).toEqual(rules);
  });

  it('tell at once of a cache that has lied and of an index that is missing', () => {
    const rules = parseAlertRules(DEFAULT_ALERT_RULES, 'the service');
    expect(rules.filter(({ forSeconds }) => forSeconds === 0)).toMatchObject([
      { name: 'cache-violations', signal: 'cacheViolations', above: 0, severity: 'page' },
      { name: 'indexes-missing', signal: 'missingIndexes', above: 0, severity: 'ticket', resolveSeconds: 0 },
    ]);
  });
});

describe('a file of rules', () => {
  it('may have none', () => {
    expect(parseAlertRules([], 'rules.json')).toEqual([]);
  });

  it.each([
    ['a name that is no name', { ...RULE, name: 'Heap!' }, /^rule 1 name must be words of a-z/],
    ['a signal that there is not', { ...RULE, signal: 'heap' }, /^heap-nearly-full signal must be one of .*heapShare/],
    ['a rule without a threshold', { ...RULE, above: undefined }, /^heap-nearly-full needs either above or below$/],
    ['a rule with two thresholds', { ...RULE, below: 0 }, /^heap-nearly-full needs either above or below$/],
    ['a threshold in words', { ...RULE, above: 'much' }, /^heap-nearly-full above must be of type number$/],
    ['a time that is negative', { ...RULE, forSeconds: -1 }, /^heap-nearly-full forSeconds must be at least 0$/],
    ['a severity of its own', { ...RULE, severity: 'bad' }, /^heap-nearly-full severity must be one of page, ticket/],
    ['no advice', { ...RULE, advice: undefined }, /^heap-nearly-full advice is required$/],
    ['a word that means nothing', { ...RULE, unless: 1 }, /^heap-nearly-full unless is not known$/],
    [
      'a guard of no signal',
      { ...RULE, when: [{ signal: 'x', above: 1 }] },
      /^heap-nearly-full when\.0\.signal must be/,
    ],
    ['a rule that is none', 'heap', /^rule 1 must be of type object$/],
  ])('is refused for %s', (_, rule, mistake) => {
    expect(mistakesIn([rule])).toEqual([expect.stringMatching(mistake)]);
  });

  it('is refused with all its mistakes at once, in lines for the terminal', () => {
    const rules = [RULE, { ...RULE, above: undefined, severity: 'bad' }, { ...RULE, name: 'other', forSeconds: '1 m' }];
    expect(() => parseAlertRules(rules, 'rules.json')).toThrow(
      /^The alert rules in rules\.json have 4 mistakes:\n( {2}- heap-nearly-full .*\n){2} {2}- other forSeconds .*\n {2}- heap-nearly-full is the name of several rules$/,
    );
  });

  it.each([
    ['that is no list', '{"rules":[]}', /the file must be of type array/],
    ['that is no JSON', '[', /JSON/],
  ])('%s is refused', (_, content, mistake) => {
    expect(() => readAlertRules(file(content))).toThrow(mistake);
  });

  it('that is not there is refused by its name', () => {
    expect(() => readAlertRules(join(folder, 'nowhere.json'))).toThrow(/nowhere\.json/);
  });
});
