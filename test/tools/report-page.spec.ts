import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { reportPage } from '../../bench/report/page.js';
import { someJudged } from '../bench/some-judged.js';
import { someResults } from '../bench/some-results.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { untilAnswer } from '../support/until.js';
import { startChromium } from './chromium.js';

const PLOTS = ['latency', 'throughput', 'hits', 'memory', 'event-loop', 'connections', 'leak'].map(
  (id) => `plot-${id}`,
);

const THEMES = [
  { colorScheme: 'dark', media: 'screen' },
  { colorScheme: 'dark', media: 'print' },
  { colorScheme: 'light', media: 'screen' },
] as const;

let browser: Browser;
let file: string;
const folder = new TemporaryFolder();
beforeAll(async () => {
  browser = await startChromium();
  file = pathToFileURL(folder.file('report.html', await reportPage(someResults(), someJudged()))).href;
});
afterAll(async () => {
  await browser?.close();
  folder.remove();
});

const opened: Page[] = [];
afterEach(async () => {
  for (const page of opened.splice(0)) await page.context().close();
});

/** The page as it is opened from a disk, with all that it asked for and all that went wrong in it. */
async function open(colorScheme: 'light' | 'dark' = 'light', width = 1440) {
  const context = await browser.newContext({ viewport: { width, height: 1000 }, colorScheme });
  await context.addInitScript({ path: join(import.meta.dirname, 'in-page.js') });
  const page = await context.newPage();
  opened.push(page);
  const asked: string[] = [];
  const troubles: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (message) => troubles.push(message.text()));
  page.on('pageerror', (error) => troubles.push(String(error)));
  await page.goto(file);
  await page.locator('canvas').last().waitFor();
  return { page, asked, troubles };
}

/** How many pixels of each plot have the colour of its first line, as it is in the theme. */
const drawn = (page: Page) => page.evaluate<number[]>(`${JSON.stringify(PLOTS)}.map((id) => inPage.drawn(id))`);

describe('the page of a run of the benchmarks, opened from a file', () => {
  it('draws all plots, asks nobody for anything and has no errors', async () => {
    const { page, asked, troubles } = await open();
    expect((await drawn(page)).filter((pixels) => pixels < 100)).toEqual([]);
    expect(asked).toEqual([file]);
    expect(troubles).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('can be read in %s, as the system has it', async (colorScheme) => {
    const { page } = await open(colorScheme);
    const [red = 0] = (
      (await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).match(/\d+/g) ?? []
    ).map(Number);
    expect(red > 128).toBe(colorScheme === 'light');
    expect(await page.evaluate('inPage.faintTexts()')).toEqual([]);
  });

  it('draws its plots anew in the colours of the other theme, and for paper in those of the light one', async () => {
    const { page, troubles } = await open('light');
    for (const media of THEMES) {
      await page.emulateMedia(media);
      await untilAnswer(
        () => drawn(page),
        (all) => all.every((pixels) => pixels >= 100),
      );
    }
    expect(troubles).toEqual([]);
  });

  it('tells the figures at the pointer in all plots over time, and moves nothing', async () => {
    const { page } = await open();
    const places = () =>
      page.evaluate(
        "[...document.querySelectorAll('figure, figure dt')].map((each) => JSON.stringify(each.getBoundingClientRect()))",
      );
    const before = await places();
    await page.locator('#plot-latency .u-over').hover();
    const [p50 = ''] = await page.locator('#plot-latency dd').allInnerTexts();
    expect(p50).toMatch(/^[\d.]+ ms$/);
    expect(await page.locator('#plot-memory dd').allInnerTexts()).toEqual([
      expect.stringMatching(/ MB$/),
      expect.stringMatching(/ MB$/),
    ]);
    expect(await places()).toEqual(before);
  });

  it('fits a narrow window: only tables are wider, and are scrolled by themselves', async () => {
    const { page } = await open('light', 420);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(420);
  });
});
