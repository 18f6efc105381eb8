import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { reportError, startErrorReports, stopErrorReports } from '../../src/common/observability/error-reports.js';
import { Receiver } from '../support/collector.js';
import { Directory } from '../support/directory.js';
import { type ReportedEvent, reportedIn } from '../support/reported-events.js';
import { PLATFORM_KEY, startService } from '../support/service.js';
import { expectProblem } from './problem-shape.js';

let ingest: Receiver;
beforeEach(async () => {
  ingest = await Receiver.start();
  await reportTo(ingest);
});
afterEach(async () => {
  await stopErrorReports();
  await ingest.stop();
});

const reportTo = ({ host }: Receiver) =>
  startErrorReports({ dsn: `http://publickey@${host}/42`, environment: 'staging' });

/** What is told of an error that nobody expected. */
async function reportOf(error: unknown): Promise<ReportedEvent> {
  reportError(error, { correlationId: 'a-request', method: 'GET', route: '/api/v1/clinics/{id}' });
  return ingest.until(() => reportedIn(ingest.bodies).at(0));
}

describe('an error of ours', () => {
  it('is reported with where it came from, and without what it was about', async () => {
    const service = await startService();
    try {
      const { id } = await new Directory(service.api).organization({ name: 'Visible Nowhere' });
      // A record that no service has written: its version is no number that could be raised.
      await service.db.collection('organizations').updateOne({ slug: /./ }, { $set: { version: 'one-of-them' } });
      const headers = { 'x-correlation-id': 'seen-by-client' };
      const answer = await service.api.patch(`/organizations/${id}`, { name: 'Renamed Secretly' }, headers);
      expectProblem(answer, 'internal-error');
      const event = await ingest.until(() => reportedIn(ingest.bodies).at(0));
      expect(event).toMatchObject({
        level: 'error',
        transaction: 'PATCH /api/v1/organizations/{id}',
        environment: 'staging',
        release: expect.stringMatching(/^enterprise-service@\d+\.\d+\.\d+/),
        tags: { correlation_id: 'seen-by-client', route: '/api/v1/organizations/{id}' },
      });
      expect(event.exception.values.at(-1)?.stacktrace?.frames.length).toBeGreaterThan(0);
      const told = ingest.bodies.join('\n');
      for (const secret of [PLATFORM_KEY, 'Secretly', 'one-of-them', 'Visible', id, 'authorization', 'user-agent']) {
        expect(told.toLowerCase()).not.toContain(secret.toLowerCase());
      }
    } finally {
      await service.stop();
    }
  });

  it('goes to the project of the DSN, with its key', async () => {
    await reportOf(new TypeError('x is not a function'));
    expect(ingest.paths).toEqual([expect.stringMatching(/^\/api\/42\/envelope\/\?.*sentry_key=publickey/)]);
  });

  it('has its class, its causes and its own words, cleared of what they quote', async () => {
    const cause = new RangeError('E11000 dup key: { email: "ana@example.com" }');
    const event = await reportOf(new TypeError('Cast failed for "Ana Ruiz" of bob@example.com', { cause }));
    expect(event.exception.values.map(({ type, value }) => [type, value])).toEqual([
      ['RangeError', 'E11000 dup key'],
      ['TypeError', expect.stringMatching(/^Cast failed for "…" of (?!bob)/)],
    ]);
  });

  it('may be anything that is thrown', async () => {
    const event = await reportOf('a text');
    expect(event.exception.values).toMatchObject([{ type: 'Error', value: 'string thrown: a text' }]);
  });

  it('is told once, however many waited for the work that failed', async () => {
    const error = new Error('of one load');
    for (let at = 0; at < 5; at += 1) reportError(error, {});
    await stopErrorReports();
    expect(reportedIn(ingest.bodies)).toHaveLength(1);
  });

  it('that comes again and again is told thirty times a minute', async () => {
    for (let at = 0; at < 30; at += 1) {
      reportError(new Error(`number ${at}`), {});
      await ingest.until(() => reportedIn(ingest.bodies)[at]);
    }
    for (let at = 0; at < 5; at += 1) reportError(new Error(`one more: ${at}`), {});
    await stopErrorReports();
    expect(reportedIn(ingest.bodies)).toHaveLength(30);
  });
});

describe('where reports are not taken', () => {
  it.each<[string, () => Promise<Receiver>]>([
    ['hangs', () => Receiver.start(() => undefined)],
    ['refuses', () => Receiver.start((_, response) => void response.writeHead(500).end())],
    ['limits', () => Receiver.start((_, response) => void response.writeHead(429, { 'retry-after': '60' }).end())],
    ['cuts off', () => Receiver.start((request) => void request.socket.destroy())],
  ])('nobody learns of it, and the stop waits two seconds at the most: one that %s', async (_, start) => {
    await stopErrorReports();
    const bad = await start();
    await reportTo(bad);
    for (let at = 0; at < 10; at += 1) expect(reportError(new Error(`number ${at}`), {})).toBeUndefined();
    await bad.until(() => bad.bodies.at(0));
    const begun = performance.now();
    await stopErrorReports();
    expect(performance.now() - begun).toBeLessThan(2_500);
    await bad.stop();
  });
});

describe('an error that cannot be read', () => {
  it('costs nothing but its report', () => {
    const hostile = Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('not to be read');
      },
    });
    expect(() => reportError(hostile, {})).not.toThrow();
  });
});
