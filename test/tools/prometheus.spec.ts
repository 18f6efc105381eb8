import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTracing, stopTracing } from '../../src/common/observability/tracing.js';
import { Collector } from '../support/collector.js';
import { Directory } from '../support/directory.js';
import { makeKey } from '../support/principals.js';
import { ScrapedMetrics } from '../support/scraped-metrics.js';
import { startService, type TestService } from '../support/service.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { untilAnswer } from '../support/until.js';
import { metricNames, metricsNamedIn } from './metric-names.js';
import { OwnPrometheus, writeConfiguration } from './own-prometheus.js';

const run = promisify(execFile);
const README = readFileSync('deploy/README.md', 'utf8');
const RULES = 'deploy/prometheus/alerts.yml';
/** Of Prometheus itself. */
const BUILT_IN = ['up', 'ALERTS'];
const TRACE = randomBytes(16).toString('hex');

let collector: Collector;
let service: TestService;
let key: string;
let prometheus: OwnPrometheus;

beforeAll(async () => {
  for (const tool of ['promtool', 'prometheus']) {
    const { error } = spawnSync(tool, ['--version']);
    if (error) throw new Error(`${tool} is missing: install Debian's package prometheus (apt-get install prometheus)`);
  }
  collector = await Collector.start();
  await startTracing({ endpoint: `${collector.endpoint}/v1/traces`, sampleShare: 0, serviceName: 'test' });
  service = await startService({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
  key = (await makeKey(service, null, 'ops')).key;
  await use();
  prometheus = await OwnPrometheus.start(new URL(service.url).host, key);
});

afterAll(async () => {
  await prometheus?.stop();
  await service?.stop();
  await stopTracing();
  await collector?.stop();
});

/** A bit of everything. */
async function use(): Promise<void> {
  const { id } = await new Directory(service.api).organization();
  const traceparent = `00-${TRACE}-${randomBytes(8).toString('hex')}-01`;
  for (let n = 0; n < 3; n += 1) await service.api.get(`/organizations/${id}`, {}, { traceparent });
  await service.api.get('/clinics');
  await service.api.get('/nowhere');
}

const scrape = async (): Promise<string> =>
  (await fetch(`${service.url}/metrics`, { headers: { authorization: `Bearer ${key}` } })).text();

it('promtool finds nothing to say of the metrics', () => {
  // It fails for a scrape that it can't read, and tells what it would name otherwise.
  return scrape().then((text) => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
  });
});

it('promtool takes the configuration and the rules', async () => {
  const folder = new TemporaryFolder();
  try {
    writeConfiguration(folder.path, key);
    await run('promtool', ['check', 'config', `${folder.path}/prometheus.yml`]);
    await run('promtool', ['check', 'rules', RULES]);
  } finally {
    folder.remove();
  }
});

it('each alert fires for what it is for, and for nothing else', async () => {
  const { stdout } = await run('promtool', ['test', 'rules', 'deploy/prometheus/alerts.test.yml']);
  expect(stdout).toContain('SUCCESS');
  const tests = readFileSync('deploy/prometheus/alerts.test.yml', 'utf8');
  expect(alertsIn(RULES).filter((name) => !tests.includes(name))).toEqual([]);
}, 300_000);

it('each alert leads to a section that says what to do', () => {
  const sections = [...README.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
  expect(sections.toSorted()).toEqual(alertsIn(RULES).toSorted());
  const runbooks = [...readFileSync(RULES, 'utf8').matchAll(/runbook: deploy\/README\.md#(\w+)/g)];
  const led = [...new Set(runbooks.map(([, anchor]) => anchor))];
  expect(led.toSorted()).toEqual(sections.map((name) => name?.toLowerCase()).toSorted());
});

it('Prometheus scrapes the service with an ops key, in OpenMetrics, and keeps the traces', async () => {
  const { answer } = await untilAnswer(
    () => prometheus.ask<{ activeTargets: readonly { health: string; lastError: string }[] }>('targets'),
    ({ activeTargets: [target] }) => target !== undefined && target.health !== 'unknown',
  );
  expect(answer.activeTargets).toEqual([expect.objectContaining({ health: 'up', lastError: '' })]);
  const query = 'http_server_request_duration_seconds_bucket';
  const seconds = (ms: number) => String((Date.now() + ms) / 1000);
  await untilAnswer(
    () => prometheus.ask('query_exemplars', { query, start: seconds(-60_000), end: seconds(60_000) }),
    (exemplars) => JSON.stringify(exemplars).includes(`"trace_id":"${TRACE}"`),
  );
});

it('dashboard, rules and README name what the service exposes, and the README all of it', async () => {
  const exposed = new ScrapedMetrics(await scrape()).families.flatMap(({ name, type }) =>
    type === 'histogram' ? ['', '_bucket', '_sum', '_count'].map((end) => name + end) : [name],
  );
  const rules = await rulesOf(prometheus);
  const known = new Set([...exposed, ...BUILT_IN, ...rules.map(({ name }) => name)]);
  const named = [...dashboardExpressions(), ...rules.map(({ query }) => query)].flatMap(metricNames);
  expect(named.length).toBeGreaterThan(100);
  expect([...new Set(named), ...metricsNamedIn(README)].filter((name) => !known.has(name))).toEqual([]);
  const families = new ScrapedMetrics(await scrape()).families.map(({ name }) => name);
  const inReadme = new Set(metricsNamedIn(README));
  expect(families.filter((name) => !inReadme.has(name) && !name.startsWith('app_'))).toEqual([]);
});

it('Prometheus understands every expression of the dashboard, and finds figures for all but objectives and events', async () => {
  await untilAnswer(
    () => prometheus.ask<Vector>('query', { query: 'rate(process_cpu_seconds_total[1m])' }),
    ({ result }) => result.length > 0,
  );
  const empty: string[] = [];
  for (const query of dashboardExpressions()) {
    const { result } = await prometheus.ask<Vector>('query', { query });
    if (result.length === 0) empty.push(query);
  }
  // Nothing is known of them yet.
  expect(empty.filter((query) => !/job:|ALERTS|> 0|changes\(/.test(query))).toEqual([]);
});

interface Vector {
  readonly result: readonly unknown[];
}

const alertsIn = (file: string): readonly string[] => [
  ...new Set([...readFileSync(file, 'utf8').matchAll(/^ +- alert: (\w+)$/gm)].map(([, name = '']) => name)),
];

interface Rule {
  readonly name: string;
  readonly query: string;
}

async function rulesOf(server: OwnPrometheus): Promise<readonly Rule[]> {
  const { groups } = await server.ask<{ readonly groups: readonly { readonly rules: readonly Rule[] }[] }>('rules');
  return groups.flatMap(({ rules }) => rules);
}

/** All of them, with values for the variables. */
function dashboardExpressions(): readonly string[] {
  const dashboard = readFileSync('deploy/grafana/enterprise-service.json', 'utf8');
  const expressions = [...dashboard.matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map(([, text = '""']) =>
    String(JSON.parse(text)),
  );
  return expressions.map((expression) =>
    expression
      .replaceAll('$job', 'enterprise-service')
      .replaceAll('$instance', '.*')
      .replaceAll('$__rate_interval', '1m'),
  );
}
