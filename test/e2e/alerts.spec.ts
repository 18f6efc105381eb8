import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { compareIndexes, createIndexes } from '../../src/common/database/index-check.js';
import { type AlertReport, Alerts, type AlertsReport } from '../../src/modules/performance/alerts/alerts.service.js';
import type { AlertChange } from '../../src/modules/performance/alerts/alerts-book.js';
import { DEFAULT_ALERT_RULES } from '../../src/modules/performance/alerts/alerts-default-rules.js';
import type { HealthReport } from '../../src/modules/performance/health/verdict.service.js';
import { SIGNALS } from '../../src/modules/performance/signals.js';
import { Signals } from '../../src/modules/performance/signals.service.js';
import { declaredIndexes } from '../../src/schemas/index.js';
import { startService, type TestService } from '../support/service.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const alertsOf = async ({ api }: TestService): Promise<AlertsReport> =>
  (await api.get<AlertsReport>('/performance/alerts')).body;
const alertOf = async (service: TestService, name: string): Promise<AlertReport | undefined> =>
  (await alertsOf(service)).alerts.find((alert) => alert.name === name);
const statusOf = async ({ api }: TestService) => (await api.get<HealthReport>('/performance/health')).body;

describe('the alerts of a process', () => {
  let service: TestService;
  const changes: AlertChange[] = [];
  let changed = Promise.withResolvers<AlertChange>();
  const note = (message: unknown): void => {
    changes.push(message as AlertChange);
    changed.resolve(message as AlertChange);
    changed = Promise.withResolvers();
  };
  beforeAll(async () => {
    service = await startService();
    subscribe('enterprise-service:alert', note);
  });
  afterAll(async () => {
    unsubscribe('enterprise-service:alert', note);
    await service.stop();
  });

  it('are shown with their rules, and are evaluated without being asked for', async () => {
    service.app.get(Alerts).evaluate();
    const { process: identity, evaluatedAt, alerts, changes: latest } = await alertsOf(service);
    expect([identity.pid, latest]).toEqual([process.pid, []]);
    expect(Date.now() - Date.parse(String(evaluatedAt))).toBeLessThan(5_000);
    expect(alerts.map(({ name }) => name)).toEqual(DEFAULT_ALERT_RULES.map(({ name }) => name));
    expect(alerts.find(({ name }) => name === 'heap-nearly-full')).toMatchObject({
      ...{ state: 'inactive', severity: 'ticket', signal: 'heapShare', above: 0.85, forSeconds: 60 },
      value: expect.any(Number),
    });
  });

  it('tell of an index that is dropped within a minute, and that it is back', async () => {
    const connection = service.app.get<Connection>(getConnectionToken());
    let missing = 0;
    const look = async () => {
      missing = (await compareIndexes(connection, declaredIndexes)).length;
    };
    service.app.get(Signals).provide('missingIndexes', () => missing);
    const warned = jest.spyOn(Logger.prototype, 'warn');
    const [{ collection, indexes }] = declaredIndexes as [(typeof declaredIndexes)[0]];
    await service.db.collection(collection).dropIndex(String(indexes[0]?.name));
    const dropped = performance.now();
    await look();
    const { rule, state, value } = await changed.promise;
    expect([rule.name, state, value]).toEqual(['indexes-missing', 'firing', 1]);
    expect(performance.now() - dropped).toBeLessThan(60_000);
    expect(await alertOf(service, 'indexes-missing')).toMatchObject({ state: 'firing', value: 1, severity: 'ticket' });
    const { alerts } = await alertsOf(service);
    expect(alerts[0]?.name).toBe('indexes-missing');
    expect(await statusOf(service)).toMatchObject({
      status: 'degraded',
      reasons: [{ severity: 'degraded', link: '/api/v1/performance/alerts' }],
      indexes: { missing: 1 },
      alerts: [{ name: 'indexes-missing', severity: 'ticket' }],
    });

    await createIndexes(connection, declaredIndexes);
    await look();
    expect((await changed.promise).state).toBe('resolved');
    expect(await alertOf(service, 'indexes-missing')).toMatchObject({ state: 'resolved', value: 0 });
    expect(await statusOf(service)).toMatchObject({ status: 'healthy', reasons: [], alerts: [] });
    expect((await alertsOf(service)).changes.map(({ name, state: became }) => [name, became])).toEqual([
      ['indexes-missing', 'resolved'],
      ['indexes-missing', 'firing'],
    ]);
    // Told once, however often it was evaluated meanwhile.
    service.app.get(Alerts).evaluate();
    expect(changes).toHaveLength(2);
    const lines = warned.mock.calls.map(([line]) => String(line)).filter((line) => line.startsWith('indexes-missing'));
    expect(lines).toEqual([expect.stringMatching(/\(ticket\): .* missingIndexes is 1\. .*\/performance\/indexes/)]);
    warned.mockRestore();
  }, 30_000);

  it('go on when what a signal is read from fails, which is told once', () => {
    const signals = service.app.get(Signals);
    const told = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    signals.provide('scanningQueries', () => {
      throw new Error('not now');
    });
    for (let n = 0; n < 3; n += 1) service.app.get(Alerts).evaluate();
    expect(told.mock.calls).toEqual([["Alerts can't be evaluated: Error: not now"]]);
    signals.provide('scanningQueries', () => 0);
    told.mockRestore();
    service.app.get(Alerts).evaluate();
    expect(service.app.get(Alerts).firing).toEqual([]);
  });
});

describe('a file of rules', () => {
  const folder = new TemporaryFolder();
  afterAll(() => folder.remove());
  const RULE = {
    ...{ name: 'busy', signal: 'rssBytes', above: 1, forSeconds: 0, severity: 'page' },
    ...{ summary: 'It uses memory.', advice: 'Mind it.' },
  };

  it('takes the place of the rules of the service', async () => {
    const file = folder.file('rules.json', JSON.stringify([RULE]));
    const service = await startService({ ALERT_RULES_FILE: file });
    try {
      service.app.get(Alerts).evaluate();
      const { alerts } = await alertsOf(service);
      expect(alerts).toMatchObject([{ name: 'busy', state: 'firing', value: expect.any(Number), above: 1 }]);
      expect(await statusOf(service)).toMatchObject({
        status: 'unhealthy',
        reasons: [{ severity: 'unhealthy', text: 'The alert busy fires: It uses memory.' }],
      });
    } finally {
      await service.stop();
    }
  });

  it('that is wrong stops the start, with each of its mistakes', async () => {
    const file = folder.file(
      'wrong.json',
      JSON.stringify([
        { ...RULE, signal: 'rss' },
        { ...RULE, forSeconds: -1 },
      ]),
    );
    await expect(startService({ ALERT_RULES_FILE: file })).rejects.toThrow(
      /have 3 mistakes:\n {2}- busy signal must be one of .*\n {2}- busy forSeconds must be at least 0\n {2}- busy is the name of several rules$/,
    );
  });

  it('may use any signal', async () => {
    const rules = Object.keys(SIGNALS).map((signal, n) => ({ ...RULE, name: `rule-${n}`, signal, above: 1e15 }));
    const service = await startService({ ALERT_RULES_FILE: folder.file('all.json', JSON.stringify(rules)) });
    try {
      service.app.get(Alerts).evaluate();
      const values = (await alertsOf(service)).alerts.map(({ value }) => value);
      expect(values).toEqual(rules.map(() => expect.any(Number)));
    } finally {
      await service.stop();
    }
  });
});
