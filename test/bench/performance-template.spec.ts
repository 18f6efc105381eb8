import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { PLACES } from '../../bench/publish/publish.js';
import { typedFigures } from '../../bench/publish/typed-figures.js';
import { variableDefaults } from '../../bench/publish/variables.js';
import { readThresholds } from '../../bench/support/files.js';
import { SIGNALS } from '../../src/modules/performance/signals.js';
import { metricsNamedIn } from '../tools/metric-names.js';

const template = readFileSync(PLACES.template, 'utf8');
const between = (mark: string): string =>
  template.split(`<!-- ${mark}: begin -->`)[1]?.split(`<!-- ${mark}: end -->`)[0] ?? '';
const found = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([whole, group]) => group ?? whole);

describe('a number that was typed by hand', () => {
  it.each([
    ['in the text', 'A list takes 12 ms.', '12 ms'],
    ['without a unit', 'It answers 41,000 requests.', '41,000 requests'],
    ['of a share', 'Hits: 99.5 %', '99.5 %'],
    ['of a ratio', 'It is 3x as fast.', '3x'],
    ['in a table', '| p95 | 4.2 |', '4.2'],
    ['in bold', 'It is **2.5** times as fast', '2.5'],
    ['in code, with a unit', 'takes `12 ms`', '12 ms'],
    ['in code, with a unit and no space', 'takes `1.5MB`', '1.5MB'],
    ['in a block of code, with a unit', '```\nabout 40 requests/s\n```', '40 requests/s'],
    ['beside a placeholder', '{{turns}} in 7 s', '7 s'],
    ['in the text of a link', '[9 ms](PERFORMANCE.md)', '9 ms'],
  ])('%s is found', (_, text, number) => {
    expect(typedFigures(text)).toEqual([{ line: expect.any(Number), number }]);
  });

  it.each([
    ['a percentile', 'The p95 and the p99.'],
    ['a name', '`/api/v1`, L1, SHA-256'],
    ['a status or a setting in code', '`503`, `limit=20`, `MONGODB_MAX_POOL_SIZE=50`'],
    ['a numbered list', '1. This.\n2. That.'],
    ['an address', '[page](docs/v2/3.md)'],
    ['a placeholder', '{{figure GET /clinics, 20 connections: p95 ms}}'],
  ])('is not %s', (_, text) => {
    expect(typedFigures(text)).toEqual([]);
  });

  it('is told by its line', () => {
    expect(typedFigures('One.\n\n{{turns}}\nIt takes 5 s.')).toEqual([{ line: 4, number: '5 s' }]);
  });

  it('is not in the template', () => {
    expect(typedFigures(template)).toEqual([]);
  });
});

describe('the template', () => {
  it('tells of every variable once: how to tune it, or that it has no influence', () => {
    const tuned = found(between('tuning'), /^\| `([A-Z_]+)` \|/gm);
    const others = found(between('no influence'), /`([A-Z_]+)`/g);
    expect([...tuned, ...others].toSorted()).toEqual([...variableDefaults().keys()].toSorted());
  });

  it('gives each row of the tuning table the default of its variable, and something in every column', () => {
    const rows = found(between('tuning'), /^\| `.*$/gm).map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
    const wrong = rows.filter(
      ([name = '', value, ...others]) =>
        value !== `{{default ${name.replaceAll('`', '')}}}` || others.length !== 4 || others.includes(''),
    );
    expect(wrong).toEqual([]);
  });

  it('names figures that have a budget', () => {
    const budgets = new Set(Object.values(readThresholds()).flatMap((part) => Object.keys(part)));
    const named = found(template, /\{\{(?:figure|budget) ([^}]+)\}\}/g);
    expect(named.filter((name) => !budgets.has(name))).toEqual([]);
  });

  it('names commands that there are', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const named = new Set(found(template, /npm run ([\w:]+)/g));
    expect([...named].filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it('names metrics and signals that there are', () => {
    const metrics = new Set(metricsNamedIn(readFileSync('deploy/README.md', 'utf8')));
    expect(metricsNamedIn(template).filter((name) => !metrics.has(name))).toEqual([]);
    const camelCase = found(template, /`([a-z]+(?:[A-Z][a-zA-Z0-9]+)+)`/g);
    expect([...new Set(camelCase)].filter((name) => !Object.hasOwn(SIGNALS, name))).toEqual(OTHERS);
  });

  it('names reports of the performance API that there are', () => {
    const routes = new Set(found(readFileSync('docs/performance.md', 'utf8'), /`(?:GET |POST |PUT )?([a-z/-]+)[`?]/g));
    const named = found(template, /\/performance\/([a-z-]+(?:\/[a-z-]+)?)/g);
    expect(named.filter((name) => !routes.has(name))).toEqual([]);
  });

  it('links to pages and sections that there are', () => {
    const broken = found(template, /\]\(([^)\s]+)\)/g).filter((link) => {
      const [file = '', section] = link.split('#');
      const text = file === '' ? template : existsSync(file) ? readFileSync(file, 'utf8') : undefined;
      return text === undefined || (section !== undefined && !sectionsOf(text).includes(section));
    });
    expect(broken).toEqual([]);
  });
});

/** Names in camel case that are no signals. */
const OTHERS: readonly string[] = ['overallRate', 'queriesPerRequest', 'createIndex'];

/** As GitHub names them. */
const sectionsOf = (markdown: string): readonly string[] =>
  found(markdown, /^#+ (.+)$/gm).map((title) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
