import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { flamePage } from '../../bench/support/flame-page.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { startChromium } from './chromium.js';

/** Keeps what the page writes on its canvases, where the flame graph is. */
const KEEP_WRITTEN = `
globalThis.written = [];
const { fillText } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
  globalThis.written.push(text);
  return fillText.call(this, text, ...place);
};
`;

let browser: Browser;
const folder = new TemporaryFolder();
beforeAll(async () => {
  browser = await startChromium();
});
afterAll(async () => {
  await browser?.close();
  folder.remove();
});

const frame = (functionName: string, url = '', lineNumber = -1) => ({
  functionName,
  scriptId: '0',
  url,
  lineNumber,
  columnNumber: lineNumber,
});
const busy = frame('squanderOnPurpose', 'file:///app/one.js', 9);

/** As V8 has recorded them of a program with one function, cut down to that. */
const RECORDED = {
  cpuprofile: {
    nodes: [
      { id: 1, callFrame: frame('(root)'), hitCount: 0, children: [2, 3] },
      { id: 2, callFrame: frame('(program)'), hitCount: 1 },
      { id: 3, callFrame: busy, hitCount: 3, positionTicks: [{ line: 11, ticks: 3 }] },
    ],
    startTime: 1_000_000,
    endTime: 1_005_200,
    samples: [2, 3, 3, 3],
    timeDeltas: [800, 400, 1_900, 2_000],
  },
  heapprofile: {
    head: {
      callFrame: frame('(root)'),
      selfSize: 0,
      id: 1,
      children: [{ callFrame: busy, selfSize: 67_296, id: 2, children: [] }],
    },
    samples: [{ size: 67_296, nodeId: 2, ordinal: 1 }],
  },
};

it.each(['cpuprofile', 'heapprofile'] as const)(
  'a page with a .%s shows its flame graph from the disk, and asks for nothing',
  async (format) => {
    const page = await browser.newPage();
    const [troubles, asked]: [string[], string[]] = [[], []];
    page.on('pageerror', (error) => troubles.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
    page.on('request', (request) => asked.push(request.url()));
    await page.addInitScript(KEEP_WRITTEN);
    const name = `recorded.${format}`;
    const html = flamePage(name, JSON.stringify(RECORDED[format]));
    const url = String(pathToFileURL(folder.file(`${name}.html`, html)));
    await page.goto(url);
    await page.waitForFunction("globalThis.written.includes('squanderOnPurpose')");
    expect(troubles).toEqual([]);
    expect(asked.filter((each) => each !== url && !each.startsWith('data:'))).toEqual([]);
    await page.close();
  },
);
