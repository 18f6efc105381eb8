import { LineProgress } from '../../src/cli/progress.js';
import type { ImportOptions, ImportSummary } from '../../src/cli/run-import.js';
import { runImport } from '../../src/cli/run-import.js';
import { type Configuration, parseConfiguration } from '../../src/config/configuration.js';

/** The configuration of a command over a database of the run's servers. */
export const commandConfiguration = (database: string): Configuration =>
  parseConfiguration({
    NODE_ENV: 'test',
    MONGODB_URI: process.env['TEST_MONGODB_URI'],
    REDIS_URL: process.env['TEST_REDIS_URL'],
    MONGODB_DATABASE: database,
    MONGODB_MIN_POOL_SIZE: '0',
  });

/** A progress that shows nothing and keeps the lines that it would have shown. */
export function silentProgress(): { readonly progress: LineProgress; readonly lines: string[] } {
  const lines: string[] = [];
  return { progress: new LineProgress((line) => lines.push(line)), lines };
}

/** Imports in this process; `reported` are the lines about bad rows. */
export async function importFiles(
  database: string,
  options: ImportOptions,
): Promise<ImportSummary & { readonly reported: readonly string[] }> {
  const { progress, lines } = silentProgress();
  const summary = await runImport(commandConfiguration(database), options, progress);
  return { ...summary, reported: lines.filter((line) => /\.csv:\d+: /.test(line)) };
}
