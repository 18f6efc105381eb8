import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Claim } from './claim.js';

export interface Installation {
  /** The finished installation's folder; it exists only whole, as it is renamed into place. */
  readonly folder: string;
  /** Whether what lies in that folder really works. */
  readonly isGood: (folder: string) => Promise<boolean>;
  /** Fills a new, empty folder. */
  readonly install: (folder: string) => Promise<void>;
  /** Called once if another process is installing the same thing, before we wait for it. */
  readonly onWait: () => void;
}

/**
 * Makes sure that the installation is there, and gives its folder. An installation that was interrupted is never taken
 * for a good one, what it left is swept, and of several processes one installs while the others wait for it.
 */
export async function installOnce({ folder, isGood, install, onWait }: Installation): Promise<string> {
  await mkdir(dirname(folder), { recursive: true });
  let waiting = false;
  for (;;) {
    if (await isGood(folder)) return folder;
    const claim = Claim.take(`${folder}.lock`);
    if (claim) {
      try {
        // It may have been finished between the look and the claim.
        if (!(await isGood(folder))) await replace(folder, isGood, install);
        return folder;
      } finally {
        claim.release();
      }
    }
    if (!waiting) onWait();
    waiting = true;
    await delay(500);
  }
}

async function replace(folder: string, isGood: Installation['isGood'], install: Installation['install']) {
  const prefix = `${basename(folder)}.tmp-`;
  const parent = dirname(folder);
  // We hold the claim, so every unfinished folder belongs to somebody who is dead.
  for (const name of await readdir(parent)) {
    if (name.startsWith(prefix)) await rm(join(parent, name), { recursive: true, force: true });
  }
  const unfinished = join(parent, `${prefix}${randomUUID()}`);
  await mkdir(unfinished);
  try {
    await install(unfinished);
    if (!(await isGood(unfinished))) throw new Error('what was installed does not work on this machine');
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
