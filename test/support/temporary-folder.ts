import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of files for one spec. */
export class TemporaryFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'enterprise-service-test-'));

  /** Writes the lines as a file with the line ends of Windows, as real lists have them. */
  csv(name: string, ...lines: readonly string[]): string {
    return this.file(name, `${lines.join('\r\n')}\r\n`);
  }

  file(name: string, content: string | Buffer): string {
    const path = join(this.path, name);
    writeFileSync(path, content);
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
