import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const RELEASE = join(dirname(createRequire(import.meta.url).resolve('speedscope/package.json')), 'dist/release');

/**
 * A profile as one HTML page that shows its flame graph, and needs nothing beside it: speedscope with its style, font and
 * script in it. @param name of the profile's file, by whose end speedscope knows its format (.cpuprofile, .heapprofile)
 */
export function flamePage(name: string, profile: string): string {
  const loaded = JSON.stringify([name, Buffer.from(profile).toString('base64')]);
  return asset('index.html', 'utf8')
    .replace('<title>speedscope</title>', () => `<title>${name}</title>`)
    .replace(/<link rel="icon"[^>]*>\s*/g, '')
    .replace(/<link rel="stylesheet" href="([^"]+)">/, (_, file) => `<style>${style(file)}</style>`)
    .replace(
      /<script src="([^"]+)"><\/script>/,
      (_, file) => `<script>${handOver(loaded)}</script>\n<script>${asset(file, 'utf8')}</script>`,
    );
}

/**
 * Speedscope takes a profile from a script that it adds to the page, and that calls `window.speedscope`. Here the page has
 * the profile already: it is handed over as soon as speedscope offers to take it, and the script isn't added.
 */
const handOver = (loaded: string): string => `
history.replaceState(null, '', '#localProfilePath=of-this-page');
Object.defineProperty(window, 'speedscope', { set(speedscope) {
  document.head.appendChild = () => { delete document.head.appendChild; };
  speedscope.loadFileFromBase64(...${loaded});
} });
`;

const style = (file: string): string =>
  asset(file, 'utf8').replace(
    /url\("\.\/([^"]+\.woff2)"\)/g,
    (_, font) => `url(data:font/woff2;base64,${asset(font, 'base64')})`,
  );

const asset = (file: string, as: 'utf8' | 'base64'): string => readFileSync(join(RELEASE, file), as);
