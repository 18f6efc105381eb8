import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runAsService } from '../../src/common/context/request-context.js';
import { traceHit } from '../../src/common/http/traced-requests.js';
import { withSpan } from '../../src/common/observability/spans.js';
import { startTracing, stopTracing } from '../../src/common/observability/tracing.js';
import { type CollectedSpan, Collector, SERVER } from '../support/collector.js';
import type { ApiRecord } from '../support/directory.js';
import { Directory } from '../support/directory.js';
import { PLATFORM_KEY, startService, type TestService } from '../support/service.js';
import { UNKNOWN_ID } from './resource-cases.js';

const ERROR = 2;

let collector: Collector;
let service: TestService;
let organization: ApiRecord;
let clinic: ApiRecord;
beforeAll(async () => {
  collector = await Collector.start();
  await startTracing({ endpoint: `${collector.endpoint}/v1/traces`, sampleShare: 1, serviceName: 'traced' });
  service = await startService({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
  const directory = new Directory(service.api);
  organization = await directory.organization();
  clinic = await directory.clinic(organization.id, { name: 'Visible Nowhere' });
});
afterAll(async () => {
  await service.stop();
  await stopTracing();
  await collector.stop();
});

const PARENT = '00f067aa0ba902b7';
const CLIENT_TRACE = () => randomBytes(16).toString('hex');
const sampled = (traceId: string) => ({ traceparent: `00-${traceId}-${PARENT}-01` });

/** A request of a traced client's, and all spans of its trace. */
async function traced(path: string, headers: Readonly<Record<string, string>> = {}) {
  const traceId = CLIENT_TRACE();
  const answer = await service.api.get(path, {}, { ...sampled(traceId), ...headers });
  const spans = await collector.trace(traceId);
  return { answer, spans, server: spans.find(({ kind }) => kind === SERVER), named: namedIn(spans) };
}

const namedIn =
  (spans: readonly CollectedSpan[]) =>
  (name: string): CollectedSpan => {
    const found = spans.find((span) => span.name === name);
    if (found === undefined) throw new Error(`No ${name} in ${spans.map((span) => span.name)}`);
    return found;
  };

/** The names of the spans above a span, its parent's first. */
const above = (span: CollectedSpan, spans: readonly CollectedSpan[]): readonly string[] => {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return parent === undefined ? [] : [parent.name, ...above(parent, spans)];
};

describe('a request of a client that is traced', () => {
  it('is a span of its trace, named for its route', async () => {
    const { answer, server } = await traced('/clinics?status=active&limit=7', { 'x-correlation-id': 'seen-by-client' });
    expect(answer.status).toBe(200);
    expect(server).toMatchObject({
      name: 'GET /api/v1/clinics',
      parentSpanId: PARENT,
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/api/v1/clinics',
        'http.response.status_code': 200,
        'url.path': '/api/v1/clinics',
        'correlation.id': 'seen-by-client',
        'cache.outcome': 'MISS',
      },
    });
    expect(server?.status.code).not.toBe(ERROR);
  });

  it('has below it what the cache, Redis and the database did for it', async () => {
    const { spans, named } = await traced('/clinics?status=active&limit=8');
    const root = ['GET /api/v1/clinics'];
    expect(above(named('cache read'), spans)).toEqual(root);
    expect(named('cache read').attributes).toEqual({
      'cache.resource': 'clinics:list',
      'cache.outcome': 'MISS',
      'cache.joined': false,
    });
    expect(above(named('find clinics'), spans)).toEqual(['cache read', ...root]);
    expect(named('find clinics').attributes).toMatchObject({
      'db.system.name': 'mongodb',
      'db.collection.name': 'clinics',
      'db.operation.name': 'find',
      'db.query.summary': expect.stringMatching(/^find clinics \{status: \?.*\} sort \{createdAt: -1, _id: -1\}$/),
    });
    const redis = spans.filter(({ attributes }) => attributes['db.system.name'] === 'redis');
    expect(redis.length).toBeGreaterThan(0);
    for (const command of redis) {
      expect(Object.keys(command.attributes).toSorted()).toEqual(['db.operation.name', 'db.system.name']);
      expect(above(command, spans)).toContain('GET /api/v1/clinics');
    }
  });

  it('has the batches of what it loads', async () => {
    const directory = new Directory(service.api);
    const providers = await Promise.all([1, 2, 3].map(() => directory.provider(organization.id)));
    await Promise.all(providers.map(({ id }) => directory.assignment(id, clinic.id)));
    const { spans, named } = await traced(`/assignments/clinic/${clinic.id}/staff`);
    expect(named('dataloader providers').attributes).toEqual({ 'dataloader.batch_size': 3 });
    expect(above(named('find providers'), spans)).toContain('dataloader providers');
    expect(named('cache read many').attributes).toMatchObject({ 'cache.entries': 3, 'cache.missing': 3 });
  });

  it('has nothing of its query, its credential, its values or its tenant', async () => {
    const { spans } = await traced(`/clinics?search=visible&organizationId=${organization.id}`);
    expect(namedIn(spans)('find clinics').attributes['db.query.summary']).toMatch(/organizationId: \?/);
    const told = JSON.stringify(spans);
    for (const secret of [PLATFORM_KEY, 'visible', organization.id, 'search=', '?search']) {
      expect(told.toLowerCase()).not.toContain(secret.toLowerCase());
    }
  });

  it.each([
    [`/clinics/${UNKNOWN_ID}`, 'GET /api/v1/clinics/{id}', 404],
    ['/clinics?color=red', 'GET /api/v1/clinics', 400],
    ['/nothing/of/this', 'GET', 404],
  ])('that is refused is no failure of the service: %s', async (path, name, status) => {
    const { server } = await traced(path);
    expect(server).toMatchObject({ name, attributes: { 'http.response.status_code': status } });
    expect(server?.status.code).not.toBe(ERROR);
  });

  it('that the service fails is one', async () => {
    const { id } = await new Directory(service.api).organization();
    await service.db.collection('organizations').updateOne({ slug: /./ }, { $set: { version: 'one' } });
    const broken = await service.db.collection('organizations').findOne({ version: 'one' as unknown as number });
    const traceId = CLIENT_TRACE();
    const path = `/organizations/${String(broken?._id ?? id)}`;
    const answer = await service.api.patch(path, { name: 'Renamed' }, sampled(traceId));
    expect(answer.status).toBe(500);
    const server = (await collector.trace(traceId)).find(({ kind }) => kind === SERVER);
    expect(server).toMatchObject({ status: { code: ERROR }, attributes: { 'error.type': '500' } });
    expect(server?.status.message).toBeUndefined();
  });

  it('says which process of which service it is of', async () => {
    await traced('/providers');
    expect(collector.resources[0]).toEqual({
      'service.name': 'traced',
      'service.version': expect.stringMatching(/^\d+\.\d+\.\d+/),
      'service.instance.id': expect.any(String),
    });
  });
});

describe('a load that several wait for', () => {
  it('is told of in the trace of the one who began it', async () => {
    const ids = [CLIENT_TRACE(), CLIENT_TRACE(), CLIENT_TRACE()];
    await Promise.all(ids.map((id) => service.api.get('/clinics?status=active&limit=9', {}, sampled(id))));
    const traces = await Promise.all(ids.map((id) => collector.trace(id)));
    const loads = traces.map((spans) => spans.filter(({ name }) => name === 'find clinics').length);
    expect(loads.reduce((sum, count) => sum + count)).toBe(1);
    const joined = traces.map((spans) => namedIn(spans)('cache read').attributes['cache.joined']);
    expect(joined.filter((value) => value !== false).length).toBe(2);
  });
});

describe('who decides whether a trace is kept', () => {
  it('is the client, where it says that it is not', async () => {
    const [left, kept] = [CLIENT_TRACE(), CLIENT_TRACE()];
    await service.api.get('/providers?limit=3', {}, { traceparent: `00-${left}-${PARENT}-00` });
    await service.api.get('/providers?limit=4', {}, sampled(kept));
    await collector.trace(kept);
    expect(collector.spans.filter(({ traceId }) => traceId === left)).toEqual([]);
  });

  it('is the service, where the client says nothing that can be read', async () => {
    const correlationId = `own-${CLIENT_TRACE()}`;
    await service.api.get('/providers?limit=5', {}, { traceparent: 'nonsense', 'x-correlation-id': correlationId });
    const own = await collector.receiver.until(() =>
      collector.spans.find(({ attributes }) => attributes['correlation.id'] === correlationId),
    );
    expect(own.parentSpanId).toBeUndefined();
  });
});

describe('what the service does on its own', () => {
  it('is a trace of its own, where somebody says what it is', async () => {
    await runAsService('spec.job', () => withSpan('spec.step', { 'spec.rows': 3 }, async () => undefined));
    const step = await collector.receiver.until(() => collector.spans.find(({ name }) => name === 'spec.step'));
    const spans = collector.spans.filter(({ traceId }) => traceId === step.traceId);
    expect(spans.map(({ name }) => name).toSorted()).toEqual(['spec.job', 'spec.step']);
    expect(above(step, spans)).toEqual(['spec.job']);
  });

  it('that fails is marked by what it failed with, not by what that says', async () => {
    const failing = runAsService('spec.failing', async () => Promise.reject(new RangeError('ana@example.com')));
    await expect(failing).rejects.toThrow(RangeError);
    const job = await collector.receiver.until(() => collector.spans.find(({ name }) => name === 'spec.failing'));
    expect(job).toMatchObject({ status: { code: ERROR }, attributes: { 'error.type': 'RangeError' } });
    expect(collector.receiver.bodies.join()).not.toContain('ana@example.com');
  });
});

describe('an answer from memory', () => {
  it('is told of after it went out', async () => {
    const traceIds: (string | undefined)[] = [];
    const begunMs = performance.now() - 5;
    const server = createServer((request, response) => {
      response.end('ready');
      traceIds.push(traceHit(request, '/api/v1/clinics/:id', 200, begunMs, 'a-hit'));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const ask = async (headers: Record<string, string>) => {
      const [response] = await once(get({ port, path: '/api/v1/clinics/1?fields=name', headers }), 'response');
      response.resume();
      await once(response, 'end');
    };
    try {
      const [kept, left] = [CLIENT_TRACE(), CLIENT_TRACE()];
      await ask(sampled(kept));
      await ask({ traceparent: `00-${left}-${PARENT}-00` });
      await ask({});
      expect(traceIds).toEqual([kept, undefined, expect.stringMatching(/^[\da-f]{32}$/)]);
      const [span] = await collector.trace(kept);
      expect(span).toMatchObject({
        name: 'GET /api/v1/clinics/{id}',
        parentSpanId: PARENT,
        attributes: { 'cache.outcome': 'HIT', 'url.path': '/api/v1/clinics/1', 'correlation.id': 'a-hit' },
      });
      expect(Number(span?.endTimeUnixNano) - Number(span?.startTimeUnixNano)).toBeGreaterThanOrEqual(4_500_000);
    } finally {
      server.close();
    }
  });
});
