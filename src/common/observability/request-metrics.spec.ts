import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RequestMetrics } from './request-metrics.js';
import { WindowClock } from './windows.js';

const KNOWN = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

let clock: WindowClock;
let metrics: RequestMetrics;
beforeEach(() => {
  clock = new WindowClock();
  metrics = new RequestMetrics(clock);
});

const names = (): readonly string[] => metrics.routes.map(({ name }) => name);

describe('a route', () => {
  it('has one set of metrics for each method, under its template as OpenAPI writes it', () => {
    const path = '/api/v1/assignments/provider/:id/clinics/:other';
    expect(metrics.of('GET', path)).toBe(metrics.of('GET', path));
    metrics.of('HEAD', path);
    const template = '/api/v1/assignments/provider/{id}/clinics/{other}';
    expect(names()).toEqual([`GET ${template}`, `HEAD ${template}`]);
  });

  it('adds up what became of its requests', () => {
    const route = metrics.of('GET', '/clinics');
    route.record(200, 4, 100, 2);
    route.record(200, 1, 100, 0, true);
    clock.turn();
    route.record(304, 1, 0, 0, true);
    route.record(503, 6, 50, 1);
    for (const window of ['60s', 'start'] as const) {
      const { count, statuses, errors, bytes, queries, hits, durations } = route.windows.over(window);
      expect([count, errors, bytes, queries, hits]).toEqual([4, 1, 250, 3, 2]);
      expect(Object.fromEntries(statuses)).toEqual({ 200: 2, 304: 1, 503: 1 });
      expect([durations.sum, durations.min, durations.max]).toEqual([12, 1, 6]);
    }
  });

  it('forgets with its window what was before', () => {
    const route = metrics.of('GET', '/clinics');
    route.record(200, 4, 100, 2);
    for (let slot = 0; slot < 7; slot += 1) clock.turn();
    expect([route.windows.over('60s').empty, route.windows.over('start').count]).toEqual([true, 1]);
  });

  it('keeps a few of its latest traces', () => {
    const route = metrics.of('GET', '/clinics');
    for (let at = 0; at < 100; at += 1) route.noteTrace(`trace ${at}`, at);
    expect(route.exemplars.length).toBeLessThan(20);
    expect(route.exemplars.at(-1)).toEqual({ traceId: 'trace 99', seconds: 0.099, at: expect.any(Number) });
  });
});

describe('what clients make up', () => {
  it('makes no metrics: neither a method nor, as no route takes it, a path', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.boolean()), { maxLength: 50 }), (requests) => {
        for (const [method, matched] of requests) metrics.of(method, matched ? '/clinics' : undefined);
        for (const method of KNOWN) metrics.of(method, undefined);
        const allowed = [...KNOWN, 'OTHER'].flatMap((method) => [`${method} /clinics`, `${method} unmatched`]);
        expect(names().filter((name) => !allowed.includes(name))).toEqual([]);
      }),
    );
  });

  it('is counted together', () => {
    for (const method of ['PROPFIND', 'get', '', 'LOCK']) metrics.of(method, undefined).record(404, 1, 10, 0);
    expect(metrics.routes.map(({ name, windows }) => [name, windows.over('60s').count])).toEqual([
      ['OTHER unmatched', 4],
    ]);
  });
});
