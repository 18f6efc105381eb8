import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import type { Browser } from 'playwright-core';
import { FaultProxy } from '../faults/support/fault-proxy.js';
import { ServiceProcess } from '../faults/support/service-process.js';
import { ApiClient } from '../support/api-client.js';
import { Directory } from '../support/directory.js';
import { CompiledService } from '../support/processes.js';
import { PLATFORM_KEY } from '../support/service.js';
import { untilAnswer } from '../support/until.js';
import { startChromium } from './chromium.js';
import { DashboardPage } from './dashboard-page.js';

const BACKGROUND = 'getComputedStyle(document.body).backgroundColor';

let compiled: CompiledService;
let browser: Browser;
beforeAll(async () => {
  compiled = new CompiledService();
  browser = await startChromium();
});
afterAll(async () => {
  await browser?.close();
  for (const service of started) await service.kill();
  for (const way of ways) way.close();
  compiled.remove();
});

const opened: DashboardPage[] = [];
async function open(url: string, key?: string): Promise<DashboardPage> {
  const page = await DashboardPage.open(browser, url, key);
  opened.push(page);
  return page;
}
afterEach(async () => {
  for (const page of opened.splice(0)) await page.close();
});

const started: ServiceProcess[] = [];
async function start(variables: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
  const service = await ServiceProcess.start(compiled, variables);
  started.push(service);
  await service.untilReady();
  return service;
}

/** Redis, at the end of a way that can be cut. */
const ways: FaultProxy[] = [];
async function wayToRedis(): Promise<{ readonly way: FaultProxy; readonly uri: string }> {
  const server = new URL(String(process.env['TEST_REDIS_URL']));
  const way = await FaultProxy.to(Number(server.port));
  ways.push(way);
  server.port = String(way.port);
  return { way, uri: server.href };
}

interface Summary {
  readonly total: { readonly count: number };
  readonly routes: readonly {
    readonly route: string;
    readonly method: string;
    readonly count: number;
    readonly errors: number;
    readonly queriesPerRequest: number;
    readonly durations: { readonly p50Ms: number; readonly p95Ms: number; readonly p99Ms: number };
  }[];
}

describe('the dashboard of a service under a known load', () => {
  const REQUESTS = 120;
  let service: ServiceProcess;
  let redis: FaultProxy;
  let clinicId: string;
  beforeAll(async () => {
    const { way, uri } = await wayToRedis();
    redis = way;
    // Every query is slow, so that there are slow ones.
    service = await start({ REDIS_URL: uri, SLOW_QUERY_MS: '1' });
    const directory = new Directory(service.api);
    const { id } = await directory.organization();
    clinicId = (await directory.clinic(id)).id;
    for (let number = 1; number <= REQUESTS; number += 1) {
      await service.api.get('/clinics', { limit: 1 + (number % 100) }, { 'cache-control': 'no-cache' });
      if (number % 4 === 0) await service.api.get(`/clinics/${clinicId}`);
    }
  });

  it('shows what the API says, to the digit, and asks nobody else for anything', async () => {
    const dashboard = await open(service.url, PLATFORM_KEY);
    const { page } = dashboard;
    await dashboard.until('#state', /live/);
    await dashboard.until('#process', new RegExp(`pid ${service.pid}\\b`));
    await page.getByLabel('since start').check();
    await dashboard.until('#routes .note', /requests in/);
    const { answer } = await untilAnswer(
      () => service.api.get<Summary>('/performance/metrics/summary', { window: 'start' }),
      ({ status }) => status === 200,
    );
    const clinics = answer.body.routes.find(({ route, method }) => route === '/api/v1/clinics' && method === 'GET');
    expect(clinics?.count).toBe(REQUESTS);
    expect(await dashboard.row('#routes', 'GET /clinics')).toMatchObject({
      p50: await dashboard.written('ms', clinics?.durations.p50Ms),
      p95: await dashboard.written('ms', clinics?.durations.p95Ms),
      p99: await dashboard.written('ms', clinics?.durations.p99Ms),
      Errors: await dashboard.written('count', clinics?.errors),
      Queries: await dashboard.written('figure', clinics?.queriesPerRequest),
    });
    const breakers = await page.locator('#breakers li').allInnerTexts();
    expect(breakers.map((text) => text.split('\n').slice(0, 2))).toEqual([
      ['mongodb', 'closed'],
      ['redis', 'closed'],
    ]);
    await dashboard.until('#indexes .note', /all as declared/);
    expect((await dashboard.row('#cache', 'clinics'))['Reads']).toBe('30');
    // In the time that the stream is at: what it says, and what is shown of it.
    await untilAnswer(
      async () => {
        const stream = await fetch(`${service.url}/api/v1/performance/stream?events=1`, {
          headers: { authorization: `Bearer ${PLATFORM_KEY}` },
        });
        const [, data = '{}'] = /^data: (.*)$/m.exec(await stream.text()) ?? [];
        const { signals } = JSON.parse(data);
        return [
          await dashboard.text('#plot-latency dl'),
          await dashboard.written('figure', signals.requestP50Ms),
          await dashboard.written('figure', signals.requestP99Ms),
        ];
      },
      ([shown = '', p50 = '?', p99 = '?']) => shown.includes(p50) && shown.includes(p99),
    );
    await untilAnswer(
      () => dashboard.ask<number>("inPage.drawn('plot-requests')"),
      (pixels) => pixels > 0,
    );
    const before = await dashboard.ask<number>("inPage.drawn('plot-memory')");
    await untilAnswer(
      () => dashboard.ask<number>("inPage.drawn('plot-memory')"),
      (pixels) => pixels > before,
    );
    expect(dashboard.troubles).toEqual([]);
    expect(dashboard.otherHosts).toEqual([]);
  });

  it('keeps the key to its tab: not in the address, not on the disk, in no URL', async () => {
    const dashboard = await open(service.url, PLATFORM_KEY);
    await dashboard.until('#state', /live/);
    const { page } = dashboard;
    expect(page.url()).toBe(`${service.url}/api/v1/performance/dashboard`);
    const kept = await dashboard.ask('[JSON.stringify(localStorage), document.cookie, sessionStorage.length]');
    expect(kept).toEqual([expect.not.stringContaining(PLATFORM_KEY), '', 1]);
    expect(dashboard.asked.filter((url) => url.split('#')[0]?.includes(PLATFORM_KEY))).toEqual([]);
    await page.reload();
    await dashboard.until('#state', /live/);
    await page.getByRole('button', { name: 'Forget key' }).click();
    await page.getByLabel('API key or token').waitFor();
    expect(await dashboard.ask('sessionStorage.length')).toBe(0);
    expect(await page.locator('#board').isVisible()).toBe(false);
  });

  it('says of a key that it is wrong, or not enough, and shows nothing', async () => {
    const dashboard = await open(service.url);
    const { page } = dashboard;
    const field = page.getByLabel('API key or token');
    expect(await field.getAttribute('type')).toBe('password');
    await field.fill('es_guessed');
    await field.press('Enter');
    await dashboard.until('#refused', /not valid/);
    const organization = await new Directory(service.api).organization();
    const { body } = await service.api.post('/auth/keys', {
      organizationId: organization.id,
      role: 'admin',
      name: 'own',
    });
    await field.fill(String(body['key']));
    await field.press('Enter');
    await dashboard.until('#refused', /not enough.*ops:read/);
    expect(await page.locator('#board').isVisible()).toBe(false);
    await field.fill(PLATFORM_KEY);
    await field.press('Enter');
    await dashboard.until('#state', /live/);
    expect(await page.locator('#board').isVisible()).toBe(true);
  });

  it('can be used by the keyboard alone, and shows where it is', async () => {
    const dashboard = await open(service.url, PLATFORM_KEY);
    const { page } = dashboard;
    await dashboard.until('#state', /live/);
    await dashboard.until('#queries tbody', /find clinics/);
    await page.keyboard.press('Tab');
    expect(await dashboard.ask('document.activeElement.textContent')).toBe('Skip to the verdict');
    await dashboard.tabTo('input[name=window]');
    expect(await dashboard.ask('inPage.focusIsSeen()')).toBe(true);
    await page.keyboard.press('ArrowRight');
    expect(await page.getByLabel('1 h', { exact: true }).isChecked()).toBe(true);
    await dashboard.tabTo('#as-tables');
    await page.keyboard.press('Enter');
    expect(await page.locator('#plot-latency table').isVisible()).toBe(true);
    expect(await page.locator('#plot-latency tbody tr').count()).toBeGreaterThan(0);
    await page.keyboard.press('Enter');
    await dashboard.tabTo('#theme');
    const back = () => dashboard.ask<string>(BACKGROUND);
    const light = await back();
    await page.keyboard.press('Space');
    expect(await dashboard.text('#theme')).toBe('Theme: dark');
    expect(await back()).not.toBe(light);

    const sort = '#routes th:nth-child(5) .sort';
    await dashboard.tabTo(sort);
    expect(await dashboard.ask('inPage.focusIsSeen()')).toBe(true);
    await page.keyboard.press('Enter');
    const head = page.locator('#routes th:nth-child(5)');
    expect(await head.getAttribute('aria-sort')).toBe('descending');
    const inMs = async () =>
      (await dashboard.column('#routes', 'p95')).map(
        (text) => Number.parseFloat(text) * (text.endsWith(' s') ? 1000 : 1),
      );
    const falling = await inMs();
    expect(falling).toEqual(falling.toSorted((one, other) => other - one));
    await page.keyboard.press('Enter');
    expect(await head.getAttribute('aria-sort')).toBe('ascending');
    const rising = await inMs();
    expect(rising).toEqual(rising.toSorted((one, other) => one - other));
    // New figures don't take the focus away.
    expect(await dashboard.ask(`document.activeElement.matches('${sort}')`)).toBe(true);

    await dashboard.tabTo('#queries button[aria-label^="Explain find clinics {}"]');
    await page.keyboard.press('Enter');
    await dashboard.until('#explained .live', /as it runs now: 200/);
    expect(await dashboard.text('#explained .live')).toMatch(/IXSCAN/);
    await page.keyboard.press('Escape');
    expect(await page.locator('#explained').isVisible()).toBe(false);
    expect(await dashboard.ask("document.activeElement.getAttribute('aria-label')")).toMatch(/^Explain find clinics/);
    expect(dashboard.troubles).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('can be read in %s, as the system has it', async (colorScheme) => {
    const dashboard = await open(service.url, PLATFORM_KEY);
    const { page } = dashboard;
    await page.emulateMedia({ colorScheme });
    await dashboard.until('#state', /live/);
    await dashboard.until('#queries tbody', /find clinics/);
    await dashboard.until('#indexes tbody', /clinics/);
    const [red = 0] = ((await dashboard.ask<string>(BACKGROUND)).match(/\d+/g) ?? []).map(Number);
    expect(red > 128).toBe(colorScheme === 'light');
    expect(await dashboard.ask('inPage.faintTexts()')).toEqual([]);
  });

  it('turns its verdict when a breaker opens, says why, and turns it back', async () => {
    const dashboard = await open(service.url, PLATFORM_KEY);
    await dashboard.until('#state', /live/);
    await dashboard.until('#breakers .note', /all closed/);
    redis.cut();
    await dashboard.until('#breakers li', /redis[\s\S]*open/);
    await dashboard.until('#verdict .reasons', /redis is away/);
    expect((await dashboard.text('#verdict .word')).toLowerCase()).toMatch(/degraded|unhealthy/);
    redis.restore();
    await dashboard.until('#breakers .note', /all closed/);
    await dashboard.page
      .locator('#verdict .reasons')
      .filter({ hasNotText: /redis is away/ })
      .waitFor({ timeout: 20_000 });
  });

  it('shows a dropped index with the line that makes it again', async () => {
    const client = await new MongoClient(String(process.env['TEST_MONGODB_URI'])).connect();
    const clinics = client.db(service.database).collection('clinics');
    const { name = '', key } = (await clinics.indexes()).find(
      (index) => 'organizationId' in index.key && 'name' in index.key,
    ) ?? {
      key: {},
    };
    await clinics.dropIndex(name);
    const dashboard = await open(service.url, PLATFORM_KEY);
    await dashboard.until('#indexes .note', /1 not as declared/, 60_000);
    const [first = ''] = await dashboard.page.locator('#indexes tbody tr').allInnerTexts();
    expect(first).toMatch(/clinics \{ organizationId: 1, .*missing/s);
    expect(first).toContain('db.clinics.createIndex(');
    await dashboard.until('#alerts li', /indexes-missing/, 90_000);
    await clinics.createIndex(key, { name });
    await dashboard.until('#indexes .note', /all as declared/, 60_000);
    await client.close();
  }, 240_000);
});

it('a part that cannot be had says so, and the others show what they have', async () => {
  const service = await start();
  const dashboard = await open(service.url);
  await dashboard.page.route('**/performance/cache/stats', (route) =>
    route.fulfill({ status: 503, json: { title: 'The service cannot answer now' } }),
  );
  await dashboard.page.route('**/performance/metrics/trends*', (route) => route.fulfill({ status: 500, body: 'x' }));
  const field = dashboard.page.getByLabel('API key or token');
  await field.fill(PLATFORM_KEY);
  await field.press('Enter');
  await dashboard.until('#cache .problem', /503: The service cannot answer now/);
  await dashboard.until('#routes .note', /requests in/);
  await dashboard.until('#verdict .word', /healthy|degraded/);
});

it('writes figures so that nothing looks better than it is, and reads events however they are cut', async () => {
  const service = await start();
  const dashboard = await open(service.url);
  const written = await dashboard.ask(`import('/api/v1/performance/dashboard/format.js').then((format) => [
    ...[1, 0.99996, 0.9995, 0.5, 0.0426, 0.0004, 0, undefined].map((share) => format.percent(share)),
    ...[0.0421, 4.251, 42.51, 425.1, 1234.5, 0, Number.NaN].map(format.ms),
    ...[42, 185, 7800, 180_000].map(format.duration),
    ...[0, 2048, 1_610_612_736].map(format.bytes),
  ])`);
  expect(written).toEqual([
    ...['100 %', '99.99 %', '99.95 %', '50.0 %', '4.26 %', '0.040 %', '0 %', '–'],
    ...['0.042 ms', '4.25 ms', '42.5 ms', '425 ms', '1.23 s', '0 ms', '–'],
    ...['42 s', '3 min 5 s', '2 h 10 min', '2 d 2 h'],
    ...['0 B', '2 KB', '1.5 GB'],
  ]);
  const events = await dashboard.ask(`import('/api/v1/performance/dashboard/stream.js').then(async ({ eventsIn }) => {
    const bytes = new TextEncoder().encode('retry: 5\\n\\n: é\\n\\nid: 1\\nevent: snapshot\\ndata: {"a":\\ndata: "é"}\\n\\r\\ndata:x\\r\\n\\r\\ndata: cut');
    const body = new ReadableStream({
      start(stream) {
        for (const byte of bytes) stream.enqueue(new Uint8Array([byte]));
        stream.close();
      },
    });
    const events = [];
    for await (const event of eventsIn(body)) events.push(event);
    return events;
  })`);
  expect(events).toEqual([
    { event: 'snapshot', data: '{"a":\n"é"}' },
    { event: 'message', data: 'x' },
  ]);
});

it('comes back by itself when the service does', async () => {
  const port = await freePort();
  const first = await start({ PORT: port });
  const dashboard = await open(first.url, PLATFORM_KEY);
  await dashboard.until('#state', /live/);
  await first.kill();
  await dashboard.until('#state', /disconnected since \d\d:\d\d:\d\d/);
  await dashboard.until('#retry', /Next try in \d+ s/);
  const second = await start({ PORT: port, MONGODB_DATABASE: first.database });
  await dashboard.until('#state', /^live$/, 40_000);
  await dashboard.until('#process', new RegExp(`pid ${second.pid}\\b`));
}, 120_000);

if (process.env['DASHBOARD_SCREENSHOTS'] === '1') {
  it('has its picture taken for the README: in the dark when all is well, in the light when things are away', async () => {
    const { way: redis, uri } = await wayToRedis();
    const service = await start({ SLOW_QUERY_MS: '50', REDIS_URL: uri });
    const directory = new Directory(service.api);
    const { id: organizationId } = await directory.organization();
    const clinics: string[] = [];
    const provider = await directory.provider(organizationId);
    for (let number = 0; number < 40; number += 1) {
      const { id } = await directory.clinic(organizationId);
      clinics.push(id);
      if (number < 10) await directory.assignment(provider.id, id);
    }
    const dashboard = await open(service.url, PLATFORM_KEY);
    const { page } = dashboard;
    const picture = (colorScheme: 'dark' | 'light') =>
      page.screenshot({ path: `docs/images/dashboard-${colorScheme}.png` });
    await page.emulateMedia({ colorScheme: 'dark' });
    await dashboard.until('#state', /live/);
    await load(service.api, clinics, organizationId, 240);
    await picture('dark');
    await page.emulateMedia({ colorScheme: 'light' });
    const loaded = load(service.api, clinics, organizationId, 75);
    const client = await new MongoClient(String(process.env['TEST_MONGODB_URI'])).connect();
    const kept = client.db(service.database).collection('clinics');
    const { name = '' } = (await kept.indexes()).find(({ key }) => 'organizationId' in key && 'name' in key) ?? {};
    await kept.dropIndex(name);
    await dashboard.until('#alerts li', /indexes-missing/, 70_000);
    redis.cut();
    await dashboard.until('#alerts li', /breaker-open/, 40_000);
    await dashboard.until('#verdict .reasons', /breaker-open/);
    await dashboard.until('#indexes .note', /1 not as declared/);
    await picture('light');
    await loaded;
    await client.close();
  }, 600_000);
}

/** What a day brings, in some minutes. */
async function load(
  api: ApiClient,
  clinics: readonly string[],
  organizationId: string,
  seconds: number,
): Promise<void> {
  const endAt = performance.now() + seconds * 1000;
  let number = 0;
  const next = async () => {
    number += 1;
    const id = clinics[number % clinics.length];
    if (number % 23 === 0) return api.patch(`/clinics/${id}`, { phone: `+1 907 555 ${1000 + (number % 9000)}` });
    const paths = [`/clinics/${id}`, `/clinics?limit=${1 + (number % 50)}`, `/organizations/${organizationId}`];
    const others = [
      `/assignments/clinic/${id}/staff`,
      `/organizations/${organizationId}/summary`,
      '/providers?limit=5',
    ];
    return api.get([...paths, ...others][number % 6] ?? '/clinics');
  };
  const client = async () => {
    while (performance.now() < endAt) {
      await next();
      const pauseMs = 60 + 50 * Math.sin(performance.now() / 30_000);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
  await Promise.all(Array.from({ length: 4 }, client));
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return String(typeof address === 'object' && address !== null ? address.port : 0);
}
