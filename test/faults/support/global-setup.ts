import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import startServers from '../../support/global-setup.ts';

/** As for all tests, with a file for the lines of the report. */
export default async function globalSetup(): Promise<void> {
  await startServers();
  const file = join(mkdtempSync(join(tmpdir(), 'enterprise-service-faults-')), 'lines');
  writeFileSync(file, '');
  process.env['FAULTS_LINES'] = file;
}
