import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { hasCode } from './errors.js';
import { identify, isRunning, processIdentitySchema } from './process-identity.js';

const claimSchema = z.looseObject({ owner: processIdentitySchema });
type ClaimContents = z.infer<typeof claimSchema>;

/**
 * A file that says which living process owns something, and whatever that process adds.
 * At most one living process holds it; a holder that died without releasing it is found out and replaced.
 */
export class Claim {
  readonly #file: string;
  /** What the dead holder before us had published, if there was one. */
  readonly inherited: unknown;

  private constructor(file: string, inherited: unknown) {
    this.#file = file;
    this.inherited = inherited;
  }

  /** Undefined while another living process (or another part of this one) holds it. */
  static take(file: string): Claim | undefined {
    let inherited: unknown;
    for (;;) {
      const own = writeOwn(file, {});
      try {
        linkSync(own, file); // a link is made whole or not at all, so nobody ever reads half a claim
        return new Claim(file, inherited);
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error;
      } finally {
        rmSync(own, { force: true });
      }
      const held = readText(file);
      if (held === undefined) continue;
      const contents = parse(held);
      if (contents && isRunning(contents.owner)) return undefined;
      inherited = contents;
      takeAway(file, held);
    }
  }

  publish(contents: object): void {
    renameSync(writeOwn(this.#file, contents), this.#file);
  }

  release(): void {
    rmSync(this.#file, { force: true });
  }
}

/** What the claim's living holder has published; undefined if nobody living holds it. */
export function readClaim(file: string): ClaimContents | undefined {
  const text = readText(file);
  const contents = text === undefined ? undefined : parse(text);
  return contents && isRunning(contents.owner) ? contents : undefined;
}

function writeOwn(file: string, contents: object): string {
  const own = `${file}.${randomUUID()}`;
  const text = JSON.stringify({ owner: identify(process.pid), ...contents }, null, 2);
  writeFileSync(own, `${text}\n`, { mode: 0o600 });
  return own;
}

/** Removes a dead holder's claim, but not a claim that a third process has put in its place meanwhile. */
function takeAway(file: string, judged: string): void {
  const grave = `${file}.${randomUUID()}`;
  try {
    renameSync(file, grave);
    if (readText(grave) !== judged) linkSync(grave, file);
  } catch {
    // Somebody else was quicker; the caller looks again.
  } finally {
    rmSync(grave, { force: true });
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(text: string): ClaimContents | undefined {
  try {
    return claimSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
