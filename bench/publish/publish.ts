import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { figuresOf, judge, type Thresholds } from '../support/budgets.js';
import type { Part, Results } from '../support/results.js';
import { comparisonTable } from './comparison-table.js';
import { performancePage } from './page.js';

/** Where a run is found, where the published one is kept, and what is written from it. */
export interface Places {
  /** `latest.json` and, after a comparison of two versions, `comparison.json`. */
  readonly results: string;
  /** The same, as git keeps them. */
  readonly published: string;
  readonly template: string;
  readonly thresholds: string;
  readonly page: string;
}

export const PLACES: Places = {
  results: 'bench/results',
  published: 'bench/results/published',
  template: 'bench/publish/performance.template.md',
  thresholds: 'bench/thresholds.json',
  page: 'PERFORMANCE.md',
};

/**
 * Publishes the latest run: copies it to where git keeps it, and with it the last comparison.
 * @param incomplete whether a run that measured some of its parts may be published; the page then says what is missing
 * @throws when there is no run, or parts of it are missing
 */
export function publishResults({ results, published }: Places, incomplete = false): void {
  const latest = join(results, LATEST);
  if (!existsSync(latest)) throw new Error(`There is no ${latest}: npm run bench makes it`);
  const missing = missingParts(readJson<Results>(latest));
  if (missing.length > 0 && !incomplete) {
    throw new Error(
      `The latest run has not measured ${missing.join(', ')}: run all of npm run bench, or publish it --incomplete`,
    );
  }
  mkdirSync(published, { recursive: true });
  copyFileSync(latest, join(published, LATEST));
  const comparison = join(results, COMPARISON);
  if (existsSync(comparison)) copyFileSync(comparison, join(published, COMPARISON));
  else rmSync(join(published, COMPARISON), { force: true });
}

/** The page as the template and the published run give it. @throws when nothing was published */
export function pageOf({ published, template, thresholds: budgets }: Places): string {
  const latest = join(published, LATEST);
  if (!existsSync(latest))
    throw new Error(`Nothing is published (${latest}): npm run bench, then npm run bench:publish`);
  const results = readJson<Results>(latest);
  const thresholds = readJson<Thresholds>(budgets);
  const comparison = join(published, COMPARISON);
  return performancePage(readFileSync(template, 'utf8'), {
    results,
    figures: figuresOf(results),
    judged: judge(results, thresholds),
    thresholds,
    comparison: existsSync(comparison) ? comparisonTable(readJson(comparison)) : undefined,
  });
}

/** Writes the page from what is published. */
export const writePage = (places: Places): void => writeFileSync(places.page, pageOf(places));

/** Whether the page is what the template and the published run give. @throws when nothing was published */
export function isPageCurrent(places: Places): boolean {
  const page = pageOf(places);
  return existsSync(places.page) && readFileSync(places.page, 'utf8') === page;
}

const LATEST = 'latest.json';
const COMPARISON = 'comparison.json';

const PARTS: readonly Part[] = ['routes', 'connections', 'flows', 'phases', 'database', 'peers', 'gauges', 'leak'];

const missingParts = (results: Results): readonly Part[] => PARTS.filter((part) => results[part] === undefined);

const readJson = <Shape>(file: string): Shape => JSON.parse(readFileSync(file, 'utf8'));
