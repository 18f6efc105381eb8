import { readFileSync } from 'node:fs';

let read: string | undefined;

/** The package's: the same path from the sources and from what is built of them. */
export function serviceVersion(): string {
  if (read === undefined) {
    const manifest: unknown = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
    read = typeof manifest === 'object' && manifest !== null ? String(Reflect.get(manifest, 'version')) : '';
  }
  return read;
}
