import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Budget, failing, figuresOf, judge, reachesAim } from '../../bench/support/budgets.js';
import { PUBLISHED, readResults, readThresholds } from '../../bench/support/files.js';
import type { Results } from '../../bench/support/results.js';
import { someResults } from './some-results.js';

const none = { routes: {}, connections: {}, flows: {}, phases: {}, database: {}, peers: {}, gauges: {}, leak: {} };

const judgedOf = (figure: string, budget: Budget, results: Results = someResults()) => {
  const [judged] = judge(results, { ...none, routes: { [figure]: budget } });
  if (!judged) throw new Error('nothing was judged');
  return judged;
};

const fails = (figure: string, budget: Budget) => failing([judgedOf(figure, budget)]).length === 1;

describe('a budget', () => {
  const figures = [...figuresOf(someResults())].filter(([, value]) => value > 0);

  it('of any figure fails beyond its bound, either way, and nowhere else', () => {
    expect(figures.length).toBeGreaterThan(100);
    for (const [figure, value] of figures) {
      const failed = (bound: 'most' | 'least') =>
        [0.99, 1, 1.01].map((share) => fails(figure, { [bound]: value * share }));
      expect([figure, failed('most'), failed('least')]).toEqual([figure, [true, false, false], [false, false, true]]);
    }
  });

  it('of what was not measured fails', () => {
    const { routes: _, ...others } = someResults();
    const judged = judgedOf('GET /clinics/:id, warm: p95 ms', { most: 100 }, others);
    expect([judged.value, failing([judged])]).toEqual([null, [judged]]);
  });

  it('that misses its aim holds all the same', () => {
    const [[figure, value]] = figures as [[string, number]];
    const missed = judgedOf(figure, { most: 2 * value, aim: value / 2 });
    expect([missed.holds, reachesAim(missed)]).toEqual([true, false]);
    expect(reachesAim(judgedOf(figure, { most: 2 * value, aim: value }))).toBe(true);
  });
});

describe('on a machine that is too slow', () => {
  const slow = (): Results => {
    const results = someResults();
    const peers = results.peers?.map((contest) => ({
      ...contest,
      programs: contest.programs.map((each) => (each.program === 'node:http' ? { ...each, median: 5000 } : each)),
    }));
    return { ...results, peers };
  };

  it('times say nothing', () => {
    const judged = judgedOf('GET /clinics/:id, warm: p95 ms', { most: 1e-6 }, slow());
    expect([judged.holds, judged.judged, failing([judged])]).toEqual([false, false, []]);
    expect(judged.note).toContain('node:http gives 5000');
  });

  it("times of MongoDB's own say nothing on a stand-in, whatever the machine", () => {
    const on = (mongodb: string): Results => ({ ...someResults(), machine: { ...someResults().machine, mongodb } });
    const budget = { most: 1e-6, ofMongod: true };
    const judged = (mongodb: string) => judgedOf('database, by id: p95 ms', budget, on(mongodb)).judged;
    expect([judged('mongod 8.2.1'), judged('SecantusDB 0.5')]).toEqual([true, false]);
  });

  it('ratios and shares still count', () => {
    const figure = 'cached list, gzip: over NestJS on Fastify';
    expect(failing([judgedOf(figure, { least: 1000 }, slow())])).toHaveLength(1);
    expect(failing([judgedOf('sustained: errors', { most: -1 }, slow())])).toHaveLength(1);
  });
});

describe('npm run bench:check', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bench-check-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const check = (results: Results) => {
    const [run, budgets] = ['run.json', 'budgets.json'].map((name) => join(folder, name));
    writeFileSync(String(run), JSON.stringify(results));
    writeFileSync(
      String(budgets),
      JSON.stringify({ ...none, routes: { 'GET /clinics, cold: p95 ms': { most: 100 } } }),
    );
    const script = ['--import', './test/support/typescript-imports.ts', 'bench/check.ts'];
    const args = [...script, String(run), String(budgets)];
    const { status, stderr } = spawnSync('node_modules/.bin/node', args, { encoding: 'utf8' });
    return { status, stderr };
  };

  it('passes a run within all budgets, and fails one that is beyond: which, and by how much', () => {
    expect(check(someResults())).toEqual({ status: 0, stderr: '' });
    const routes = someResults().routes?.map((each) =>
      each.route === 'GET /clinics' && each.temperature === 'cold'
        ? { ...each, latency: { ...each.latency, p95: 125 } }
        : each,
    );
    const beyond = check({ ...someResults(), routes });
    expect(beyond.status).toBe(1);
    expect(beyond.stderr).toMatch(/^FAILED GET \/clinics, cold: p95 ms +125 +at most 100: 25\.0 % beyond\n$/);
  });

  it('says so where there is no run', () => {
    const args = ['--import', './test/support/typescript-imports.ts', 'bench/check.ts', join(folder, 'none.json')];
    const { status, stderr } = spawnSync('node_modules/.bin/node', args, { encoding: 'utf8' });
    expect([status, stderr.includes('npm run bench')]).toEqual([1, true]);
  });
});

it('every budget is of a figure that a run has', () => {
  const names = Object.values(readThresholds()).flatMap((budgets) => Object.keys(budgets));
  const known = figuresOf(readResults(PUBLISHED));
  expect(names.filter((name) => !known.has(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});
