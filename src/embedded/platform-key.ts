import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from './errors.js';

/** The platform key of this data folder: made once, and then the same in every run. */
export function platformKey(dataDir: string): string {
  const file = join(dataDir, 'platform-admin-key');
  const key = `es_dev_${randomBytes(32).toString('base64url')}`;
  try {
    writeFileSync(file, `${key}\n`, { mode: 0o600, flag: 'wx' });
    return key;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    return readFileSync(file, 'utf8').trim();
  }
}
