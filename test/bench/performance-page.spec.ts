import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { performancePage } from '../../bench/publish/page.js';
import { isPageCurrent, PLACES, type Places, pageOf, publishResults, writePage } from '../../bench/publish/publish.js';
import { figuresOf, judge, type Thresholds } from '../../bench/support/budgets.js';
import type { PeersResult, Results } from '../../bench/support/results.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { someResults } from './some-results.js';

it('PERFORMANCE.md is what its template and the published run give', () => {
  expect(readFileSync(PLACES.page, 'utf8')).toBe(pageOf(PLACES));
});

const BY_ID = 'GET /clinics/:id, warm: p95 ms';

const thresholds = {
  ...{ connections: {}, flows: {}, phases: {}, database: {}, gauges: {} },
  routes: {
    [BY_ID]: { most: 100, aim: 1 },
    'GET /clinics, cold: p95 ms': { most: 150 },
    'GET /clinics, warm: p95 ms': { most: 150 },
  },
  peers: {
    'cached list, gzip: over NestJS on Fastify': { least: 0.2 },
    'cached list, gzip: over NestJS on Express, as usual': { least: 3 },
    'clinic by id, uncached: over Fastify and driver': { least: 0.1 },
  },
  leak: { 'leak: heap bytes a request': { most: 0.5 } },
} satisfies Thresholds;

const peersOf = (load: string, ratios: Readonly<Record<string, number>>): PeersResult => ({
  load,
  connections: 100,
  programs: Object.entries(ratios).map(([program, serviceRatio]) => ({
    program,
    rounds: [4_000, 5_000],
    median: 4_500,
    serviceRatio,
    processorUs: 40,
    processorRatio: serviceRatio,
  })),
});

/** With the peers that the page's first lines name. */
const wholeRun = (): Results => {
  const { peers = [] } = someResults();
  const list = peersOf('cached list, gzip', { 'NestJS on Fastify': 0.93, 'NestJS on Express, as usual': 7 });
  return someResults({ peers: [...peers, list, peersOf('clinic by id, uncached', { 'Fastify and driver': 0.7 })] });
};

const pageFrom = (template: string, results: Results = wholeRun()) =>
  performancePage(template, { results, figures: figuresOf(results), judged: judge(results, thresholds), thresholds });

describe('the page', () => {
  const page = pageFrom(readFileSync(PLACES.template, 'utf8'));

  it('has no placeholder left, and says who wrote it', () => {
    expect(page).not.toMatch(/\{\{|\}\}|undefined|NaN/);
    expect(page).toMatch(/^<!-- Written by `npm run bench:publish`/);
  });

  it.each([
    ['date', '2026-11-20'],
    ['commit', '`3f9c2d1` with changes that were not committed'],
    ['processor', 'AMD EPYC 7B13, 2 cores'],
    ['system', 'Linux 6.12 x64'],
    ['Node', 'v24.11.0'],
    ['MongoDB', 'mongod 8.0.4'],
    ['data', '200,000 clinics'],
  ])('names the %s of the run', (_, said) => {
    expect(page).toContain(said);
  });

  it.each<[keyof Results, string]>([
    ['routes', '| GET /clinics?search= | cold | 34.5 |'],
    ['connections', '| mixed reads | 400 |'],
    ['flows', '| – POST /auth/token |'],
    ['phases', '| sustained |'],
    ['database', '| aggregation |'],
    ['peers', '| node:http |'],
    ['gauges', '| Hit rates while one request in ten writes | by id |'],
    ['leak', '| 200,000 | 69.3 |'],
  ])('shows what was found of %s, and says so where it was not measured', (part, row) => {
    expect(page).toContain(row);
    const { [part]: _, ...others } = wholeRun();
    const without = pageFrom(readFileSync(PLACES.template, 'utf8'), others as Results);
    expect(without).not.toContain(row);
    expect(without.split('*Not measured in the published run.*').length).toBeGreaterThan(
      page.split('*Not measured in the published run.*').length,
    );
  });

  it('does not hide what fails', () => {
    expect(page).toContain('**6 of 7 budgets hold**; 1 of them misses its aim.');
    expect(page).toContain('\n- leak: heap bytes a request: 5.70, **budget at most 0.5**\n');
    expect(page).toContain("| leak: heap bytes a request | 5.70 | at most 0.5 |  | **doesn't hold** |");
  });

  it('begins with what it comes to', () => {
    expect(page).toContain('at 0.930 times the rate');
    expect(page).toContain('past the cache (at most 150 ms)');
  });

  it('tells a budget that is met from an aim that is missed', () => {
    expect(page).toContain(`| ${BY_ID} | 1.49 | at most 100 | 1 | holds, aim missed |`);
    expect(page).toContain(`\n- ${BY_ID}: 1.49, aim 1\n`);
    expect(page).toContain('| GET /clinics, cold: p95 ms | 28.6 | at most 150 |  | holds |');
  });
});

describe('a placeholder', () => {
  it.each([
    ['{{figure GET /clinics/:id, warm: p95 ms}}', '1.49 ms'],
    ['{{figure GET /clinics/:id, warm: hits}}', '0.998'],
    ['{{budget GET /clinics/:id, warm: p95 ms}}', 'at most 100 ms'],
    ['{{default MONGODB_MAX_POOL_SIZE}}', '`50`'],
    ['{{default STOP_DELAY_MS}}', '5000 in production, else 0'],
    ['{{default CACHE_STALE_SECONDS}}', '600 each'],
    ['{{default MONGODB_URI}}', 'required'],
    ['{{default SENTRY_DSN}}', 'none'],
    ['{{constant read lease}}', '5 ms'],
    ['{{turns}}', '46'],
  ])('%s is filled', (placeholder, said) => {
    expect(pageFrom(`A ${placeholder}.`)).toBe(`A ${said}.`);
  });

  it.each([
    ['{{figure GET /nowhere: p95 ms}}', 'no figure "GET /nowhere: p95 ms"; it has: GET /organizations, cold'],
    ['{{budget GET /nowhere: p95 ms}}', 'no budget for "GET /nowhere: p95 ms"'],
    ['{{default NO_VARIABLE}}', 'no variable NO_VARIABLE'],
    ['{{constant of nature}}', 'no constant "of nature"'],
    ['{{routs}}', 'a placeholder that nothing is known of: routs'],
  ])('%s ends it, as there is no such thing', (placeholder, said) => {
    expect(() => pageFrom(placeholder)).toThrow(said);
  });

  it('is the only way to a number of a measurement', () => {
    expect(() => pageFrom('One line.\nA list takes 12 ms.')).toThrow('typed by hand: line 2: 12 ms');
  });
});

describe('publishing', () => {
  let folder: TemporaryFolder;
  let places: Places;
  beforeEach(() => {
    folder = new TemporaryFolder();
    places = {
      results: folder.path,
      published: `${folder.path}/published`,
      template: folder.file('template.md', '# On {{date}}\n\n{{comparison}}\n'),
      thresholds: folder.file('thresholds.json', JSON.stringify(thresholds)),
      page: `${folder.path}/page.md`,
    };
  });
  afterEach(() => folder.remove());

  const run = (results: Partial<Results> = {}) => folder.file('latest.json', JSON.stringify(someResults(results)));

  it('keeps the run, and writes the page from it', () => {
    run();
    publishResults(places);
    writePage(places);
    expect(readFileSync(places.page, 'utf8')).toBe('# On 2026-11-20\n\n*Not measured in the published run.*\n');
    expect(isPageCurrent(places)).toBe(true);
  });

  it('tells when template, run or page are changed afterwards', () => {
    run();
    publishResults(places);
    const changed = ['template', 'published', 'page'].map((what) => {
      writePage(places);
      if (what === 'template') writeFileSync(places.template, '# At {{date}}\n');
      if (what === 'page') writeFileSync(places.page, '# On 2026-11-20, and it was fast\n');
      if (what === 'published') {
        run({ at: '2026-11-21T00:00:00.000Z' });
        publishResults(places);
      }
      return !isPageCurrent(places);
    });
    expect(changed).toEqual([true, true, true]);
  });

  it('does not change the page by a run that is not published', () => {
    run();
    publishResults(places);
    writePage(places);
    run({ at: '2026-11-21T00:00:00.000Z' });
    expect(isPageCurrent(places)).toBe(true);
  });

  it('takes the comparison of versions with it, and removes that of another time', () => {
    run();
    const comparison = folder.file('comparison.json', JSON.stringify(COMPARISON));
    publishResults(places);
    expect(pageOf(places)).toContain('`1a2b3c+` against `main` (`0f0f0f`), 40 rounds of each load on 2026-11-19');
    expect(pageOf(places)).toContain('| list, cached | p95 | 1.25 | 1.18 to 1.31 | **regression** | 4.00 % |');
    rmSync(comparison);
    publishResults(places);
    expect(pageOf(places)).toContain('*Not measured in the published run.*');
  });

  it('refuses a run that has not measured everything, unless told to', () => {
    const { peers: _, leak: __, ...some } = someResults();
    folder.file('latest.json', JSON.stringify(some));
    expect(() => publishResults(places)).toThrow('The latest run has not measured peers, leak');
    publishResults(places, true);
    writePage(places);
    expect(isPageCurrent(places)).toBe(true);
  });

  it('says what to do where there was no run', () => {
    expect(() => publishResults(places)).toThrow('npm run bench makes it');
    expect(() => pageOf(places)).toThrow('Nothing is published');
  });
});

const COMPARISON = {
  at: '2026-11-19T10:00:00.000Z',
  tookSeconds: 900,
  base: { ref: 'main', commit: '0f0f0f' },
  head: { commit: '1a2b3c+' },
  machine: someResults().machine,
  rounds: 40,
  judged: [
    { title: 'list, cached', metric: 'p95', ratio: 1.25, low: 1.18, high: 1.31, word: 'regression', shows: 0.04 },
  ],
};
