import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { sourcePlaces } from '../../bench/support/source-places.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const folder = new TemporaryFolder();
afterAll(() => folder.remove());

describe('the place of a frame', () => {
  const placeOf = sourcePlaces(folder.path);
  const frame = (url: string, lineNumber: number, columnNumber = 0) => ({
    functionName: 'work',
    url,
    lineNumber,
    columnNumber,
  });

  it('is the line of the source where what was built has a map to it', () => {
    folder.file('work.ts', 'interface Gone {\n  readonly erased: true;\n}\nexport function work(): void {}\n');
    const swc = join(process.cwd(), 'node_modules/@swc/cli/bin/swc.js');
    const options = ['work.ts', '--out-file', 'built.js', '--source-maps', 'true', '--quiet'];
    execFileSync(process.execPath, [swc, ...options, '-C', 'jsc.parser.syntax=typescript'], { cwd: folder.path });
    expect(placeOf(frame(String(pathToFileURL(join(folder.path, 'built.js'))), 0, 7))).toBe('work.ts:4');
  });

  it.each([
    ['an ES module', () => String(pathToFileURL(join(folder.path, 'node_modules/a/index.js')))],
    ['a CommonJS module', () => join(folder.path, 'node_modules/a/index.js')],
  ])('is the file of %s, seen from the project, where there is no map', (_, url) => {
    expect(placeOf(frame(url(), 11))).toBe('node_modules/a/index.js:12');
  });

  it('is what the engine says of its own functions', () => {
    expect(placeOf(frame('node:internal/timers', 41))).toBe('node:internal/timers:42');
  });
});
