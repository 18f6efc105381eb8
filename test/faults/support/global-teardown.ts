import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import stopServers from '../../support/global-teardown.ts';

/** As for all tests. The report changes the tree, and so it is written on request alone. */
export default async function globalTeardown(): Promise<void> {
  await stopServers();
  const file = process.env['FAULTS_LINES'];
  if (file === undefined) return;
  if (process.env['FAULTS_REPORT'] === '1') {
    const { writeReport } = await import('./report.js');
    writeReport(file, 'RELIABILITY.md');
  }
  rmSync(dirname(file), { recursive: true, force: true });
}
