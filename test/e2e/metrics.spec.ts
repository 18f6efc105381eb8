import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTracing, stopTracing } from '../../src/common/observability/tracing.js';
import { FaultProxy } from '../faults/support/fault-proxy.js';
import { uriAt } from '../faults/support/own-mongodb.js';
import { Collector } from '../support/collector.js';
import { Directory } from '../support/directory.js';
import { makeKey } from '../support/principals.js';
import { ScrapedMetrics } from '../support/scraped-metrics.js';
import { PLATFORM_KEY, startService, type TestService } from '../support/service.js';
import { untilAnswer } from '../support/until.js';

const TEXT = 'text/plain;version=0.0.4;q=0.3';
/** As Prometheus asks. */
const OPEN_METRICS = `application/openmetrics-text;version=1.0.0;q=0.5,${TEXT},*/*;q=0.1`;

let collector: Collector;
let service: TestService;
let organizationId: string;
let clinicId: string;

beforeAll(async () => {
  collector = await Collector.start();
  await startTracing({ endpoint: `${collector.endpoint}/v1/traces`, sampleShare: 0, serviceName: 'test' });
  service = await startService({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
  const directory = new Directory(service.api);
  organizationId = (await directory.organization()).id;
  clinicId = (await directory.clinic(organizationId)).id;
});

afterAll(async () => {
  await service.stop();
  await stopTracing();
  await collector.stop();
});

async function scrape(accept = TEXT, { url } = service): Promise<ScrapedMetrics> {
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${PLATFORM_KEY}`, accept } });
  expect(answer.status).toBe(200);
  return new ScrapedMetrics(await answer.text());
}

/** A request is counted when the last byte of its answer is sent, which its client may know first. */
const scrapeOnceCounted = async (requests: number, route: Readonly<Record<string, string>>) =>
  (await untilAnswer(scrape, (metrics) => metrics.value('http_server_requests_total', route) >= requests)).answer;

it('operators of the platform may scrape, and nobody else', async () => {
  const [operator, tenant] = [await makeKey(service, null, 'ops'), await makeKey(service, organizationId, 'admin')];
  const statuses = [operator.key, tenant.key, undefined, 'es_guessed'].map(async (key) => {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    return (await fetch(`${service.url}/metrics`, { headers })).status;
  });
  expect(await Promise.all(statuses)).toEqual([200, 403, 401, 401]);
});

it('after a known load, counters are what the client counted: by route and status, with bytes and time', async () => {
  const before = await scrape();
  const counted = new Map<string, { requests: number; bytes: number; ms: number }>();
  const call = async (method: string, route: string, path: string, body?: object): Promise<void> => {
    const begun = performance.now();
    const answer = await fetch(`${service.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${PLATFORM_KEY}`,
        'accept-encoding': 'identity',
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const { byteLength } = await answer.arrayBuffer();
    const name = JSON.stringify({ method, route, status: String(answer.status) });
    const known = counted.get(name) ?? { requests: 0, bytes: 0, ms: 0 };
    const ms = performance.now() - begun;
    counted.set(name, { requests: known.requests + 1, bytes: known.bytes + byteLength, ms: known.ms + ms });
  };
  for (let n = 0; n < 20; n += 1) await call('GET', '/api/v1/clinics/{id}', `/api/v1/clinics/${clinicId}`);
  for (let n = 0; n < 7; n += 1) await call('GET', '/api/v1/clinics/{id}', `/api/v1/clinics/${randomId()}`);
  for (let n = 0; n < 5; n += 1) await call('GET', '/api/v1/clinics', `/api/v1/clinics?limit=${n + 1}`);
  for (let n = 0; n < 3; n += 1) await call('GET', '/api/v1/clinics', '/api/v1/clinics?unheardOf=1');
  for (let n = 0; n < 4; n += 1) {
    await call('POST', '/api/v1/clinics', '/api/v1/clinics', { organizationId, name: 'Counted', code: `N-${n}` });
  }
  for (let n = 0; n < 2; n += 1) await call('POST', '/api/v1/clinics', '/api/v1/clinics', { name: '' });
  await call('DELETE', '/api/v1/clinics/{id}', `/api/v1/clinics/${clinicId}`);
  await call('GET', 'unmatched', '/nowhere/at/all');
  expect(counted.size).toBe(8);
  const { answer: after } = await untilAnswer(scrape, (metrics) => {
    const ofApi = ['/api/v1/clinics', '/api/v1/clinics/{id}', 'unmatched'].map(
      (route) =>
        metrics.value('http_server_requests_total', { route }) - before.value('http_server_requests_total', { route }),
    );
    return ofApi.reduce((sum, value) => sum + value, 0) >= 43;
  });

  const grown = (name: string, labels: Readonly<Record<string, string>>) =>
    after.value(name, labels) - before.value(name, labels);
  const seen = [...counted].map(([labels]) => [labels, grown('http_server_requests_total', JSON.parse(labels))]);
  expect(seen).toEqual([...counted].map(([labels, { requests }]) => [labels, requests]));
  for (const route of ['/api/v1/clinics', '/api/v1/clinics/{id}']) {
    const method = 'GET';
    const of = [...counted].filter(([labels]) => labels.includes(`"GET","route":"${route}"`)).map(([, sums]) => sums);
    const total = (figure: 'requests' | 'bytes' | 'ms') => of.reduce((sum, sums) => sum + sums[figure], 0);
    expect(grown('http_server_response_bytes_total', { method, route })).toBe(total('bytes'));
    expect(grown('http_server_request_duration_seconds_count', { method, route })).toBe(total('requests'));
    const seconds = grown('http_server_request_duration_seconds_sum', { method, route });
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(total('ms') / 1000);
  }
  // Both the cache and the database are asked by then, and say so.
  expect(grown('http_server_cache_hits_total', { route: '/api/v1/clinics/{id}' })).toBeGreaterThan(10);
  expect(grown('cache_reads_total', { resource: 'clinics', outcome: 'hit' })).toBeGreaterThan(10);
  expect(grown('mongodb_query_duration_seconds_count', { collection: 'clinics', kind: 'insert' })).toBe(4);
});

it('buckets, sum and count of each histogram go together', async () => {
  const { families } = await scrape();
  const histograms = families.filter(({ type }) => type === 'histogram');
  expect(histograms.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['http_server_request_duration_seconds', 'mongodb_query_duration_seconds']),
  );
  for (const { name, samples } of histograms) {
    const series = Map.groupBy(samples, ({ labels: { le: _, ...labels } }) => JSON.stringify(labels));
    for (const lines of series.values()) {
      const buckets = lines.filter((line) => line.name === `${name}_bucket`);
      const bounds = buckets.map(({ labels: { le } }) => (le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le)));
      const counts = buckets.map(({ value }) => value);
      expect(bounds).toEqual([...new Set(bounds)].toSorted((a, b) => a - b));
      expect(counts).toEqual(counts.toSorted((a, b) => a - b));
      const [count, sum] = ['_count', '_sum'].map((end) => lines.find((line) => line.name === name + end)?.value ?? -1);
      expect([bounds.at(-1), counts.at(-1)]).toEqual([Number.POSITIVE_INFINITY, count]);
      // What is in a bucket took at least as long as the bound below it, and at most its own.
      const least = counts.map((of, at) => (of - (counts[at - 1] ?? 0)) * (bounds[at - 1] ?? 0));
      expect(sum).toBeGreaterThanOrEqual(0.95 * least.reduce((total, part) => total + part, 0));
    }
  }
});

it('OpenMetrics is answered to who likes it better, complete, and with the traces that were kept as exemplars', async () => {
  const traceId = randomBytes(16).toString('hex');
  const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
  const route = { method: 'GET', route: '/api/v1/organizations/{id}' };
  const earlier = (await scrape()).value('http_server_requests_total', route);
  await service.api.get(`/organizations/${organizationId}`, {}, { traceparent });
  await scrapeOnceCounted(earlier + 1, route);
  const answer = await fetch(`${service.url}/metrics`, {
    headers: { authorization: `Bearer ${PLATFORM_KEY}`, accept: OPEN_METRICS },
  });
  const text = await answer.text();
  const [type, vary] = ['content-type', 'vary'].map((name) => answer.headers.get(name));
  expect(type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  expect(vary).toContain('Accept');
  expect(text.endsWith('\n# EOF\n')).toBe(true);
  expect(text).not.toContain('\n\n');

  const metrics = new ScrapedMetrics(text);
  for (const { name, type: kind, samples } of metrics.families) {
    if (kind !== 'counter') continue;
    expect(name).not.toMatch(/_total$/);
    expect(samples.filter((sample) => sample.name !== `${name}_total`)).toEqual([]);
  }
  expect(metrics.samples.filter(({ labels: { le } }) => le !== undefined && /^\d+$/.test(le))).toEqual([]);
  const traced = metrics.samples.filter(({ exemplar }) => exemplar?.labels['trace_id'] === traceId);
  expect(traced).toEqual([
    expect.objectContaining({
      name: 'http_server_request_duration_seconds_bucket',
      labels: expect.objectContaining(route),
    }),
  ]);
  for (const {
    labels: { le = '' },
    exemplar,
  } of traced) {
    expect(exemplar?.value).toBeLessThanOrEqual(le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le));
    expect(Math.abs(Date.now() / 1000 - (exemplar?.timestamp ?? 0))).toBeLessThan(60);
  }
  // The same as the other format, which has no exemplars.
  const plain = await scrape();
  expect(new Set(plain.families.map(({ name }) => name.replace(/_total$/, '')))).toEqual(
    new Set(metrics.families.map(({ name }) => name)),
  );
  expect(plain.text).not.toContain('trace_id');
});

it('each series is there once, and each family says what it is', async () => {
  const { series, families } = await scrape();
  expect(series.filter((name, at) => series.indexOf(name) !== at)).toEqual([]);
  const names = families.map(({ name }) => name.replace(/_total$/, ''));
  expect(names).toEqual([...new Set(names)]);
  for (const { help } of families) expect(help).toMatch(/^[A-Z].+\.$/);
});

it('whatever clients send makes no further series', async () => {
  const { api } = service;
  const storm = async (round: string) => {
    for (let n = 0; n < 10; n += 1) {
      const name = `${round}-${randomId()}`;
      await api.get(`/clinics/${randomId()}`);
      await api.get('/clinics', { organizationId: randomId(), status: 'active' });
      await api.get(`/organizations/${name}`);
      await api.get('/providers', { [name]: 1 });
      await api.get(`/${name}/${name}`);
      await api.delete(`/assignments/${randomId()}`);
      await api.request('PUT', `/problems/${name}`);
      await api.request('OPTIONS', `/${name}`);
      await fetch(`${service.url}/%ff${name}`);
      await fetch(`${service.url}/api/v1/clinics`, { headers: { authorization: `Bearer es_${name}` } });
      for (const method of ['PROPFIND', 'MKCOL', `X${n}${round}`]) await send(`${method} /${name} HTTP/1.1`);
      await send(`NOTIFY /api/v1/clinics HTTP/1.1`);
    }
  };
  await storm('first');
  const before = new Set((await scrape()).series);
  await storm('second');
  const after = new Set((await scrape()).series);
  expect([...after].filter((name) => !before.has(name))).toEqual([]);
  const text = (await scrape()).text;
  for (const secret of [organizationId, clinicId, 'first-', 'second-', 'PROPFIND']) expect(text).not.toContain(secret);
});

it('a scrape asks neither MongoDB nor Redis, and says that they are away', async () => {
  const portOf = (name: string) => Number(new URL(String(process.env[name])).port);
  const [toMongodb, toRedis] = [
    await FaultProxy.to(portOf('TEST_MONGODB_URI')),
    await FaultProxy.to(portOf('TEST_REDIS_URL')),
  ];
  const behind = await startService({
    MONGODB_URI: uriAt(toMongodb.port),
    REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
  });
  try {
    for (const proxy of [toMongodb, toRedis]) proxy.silence();
    const open = (metrics: ScrapedMetrics) => metrics.value('circuit_breaker_state', { state: 'open' });
    let slowest = 0;
    const { answer } = await untilAnswer(
      async () => {
        const begun = performance.now();
        const metrics = await scrape(TEXT, behind);
        slowest = Math.max(slowest, performance.now() - begun);
        return metrics;
      },
      (metrics) => open(metrics) === 2,
    );
    expect(answer.value('circuit_breaker_opened_total', { dependency: 'mongodb' })).toBe(1);
    expect(slowest).toBeLessThan(1_000);
  } finally {
    for (const proxy of [toMongodb, toRedis]) proxy.restore();
    await behind.stop();
    for (const proxy of [toMongodb, toRedis]) proxy.close();
  }
});

const randomId = () => randomBytes(12).toString('hex');

/** A head that `fetch` wouldn't send; resolves with the end of the answer. */
function send(line: string): Promise<void> {
  const { hostname, port } = new URL(service.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () =>
      socket.write(`${line}\r\nhost: x\r\nconnection: close\r\n\r\n`),
    );
    socket
      .on('error', reject)
      .on('close', () => resolve())
      .resume();
  });
}
