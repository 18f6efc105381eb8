import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PlaceOf } from './self-shares.js';

/**
 * Names the place of a frame as `src/common/http/ready-answer.ts:31`: the line of the source where what is built has a source map,
 * else of the file, relative to the folder. What is no file, such as `node:internal/timers`, stays as it is.
 */
export function sourcePlaces(folder: string): PlaceOf {
  const maps = new Map<string, SourceMap | undefined>();
  return ({ url, lineNumber, columnNumber }) => {
    const file = url.startsWith('file:') ? fileURLToPath(url) : url;
    // CommonJS modules have a path, ES modules a URL.
    if (!isAbsolute(file)) return `${url}:${lineNumber + 1}`;
    if (!maps.has(file)) maps.set(file, sourceMapOf(file));
    // Where no line of a source is behind it, the map says so by an object without one.
    const origin = maps.get(file)?.findEntry(lineNumber, columnNumber);
    const isKnown = origin !== undefined && 'originalSource' in origin;
    const [place, line] = isKnown
      ? [resolve(dirname(file), origin.originalSource), origin.originalLine]
      : [file, lineNumber];
    return `${relative(folder, place)}:${line + 1}`;
  };
}

/** Of what this project has built; packages are read as they are. */
function sourceMapOf(file: string): SourceMap | undefined {
  const map = `${file}.map`;
  if (file.includes('/node_modules/') || !existsSync(map)) return undefined;
  return new SourceMap(JSON.parse(readFileSync(map, 'utf8')));
}
