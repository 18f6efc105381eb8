import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Thresholds } from './budgets.js';
import type { Results } from './results.js';

/** What the latest run has found, and the page of it. */
export const RESULTS = 'bench/results/latest.json';
export const PAGE = 'bench/results/latest.html';
/** The run that PERFORMANCE.md is written from. */
export const PUBLISHED = 'bench/results/published/latest.json';

export const readThresholds = (file = 'bench/thresholds.json'): Thresholds => JSON.parse(readFileSync(file, 'utf8'));

/** @throws when there was no run */
export function readResults(file = RESULTS): Results {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`There are no results in ${file}: npm run bench`, { cause: error });
  }
}

export function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
