import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RawConnection, wire } from './support/raw-connection.js';
import { reported } from './support/report.js';
import { JSON_BODY, KEY, Target } from './support/target.js';

const MAX_CONNECTIONS = 12_000;
const PATIENCE_MS = { headers: 4_000, request: 6_000, silence: 4_000 };
const ALIVE = '/livez within 1 s, memory bounded, descriptors and heap back';

let target: Target;
beforeAll(async () => {
  target = await Target.start({
    HTTP_MAX_CONNECTIONS: String(MAX_CONNECTIONS),
    HTTP_HEADERS_TIMEOUT_MS: String(PATIENCE_MS.headers),
    HTTP_REQUEST_TIMEOUT_MS: String(PATIENCE_MS.request),
    HTTP_SILENCE_TIMEOUT_MS: String(PATIENCE_MS.silence),
  });
});
afterAll(() => target?.stop());

/** Ends what a test has left open. */
async function closeAll(connections: readonly RawConnection[]): Promise<void> {
  for (const { socket } of connections) socket.destroy();
  await Promise.all(connections.map(({ closed }) => closed));
}

/** Sends a little every now and then until the server has had enough; tells how many ms that took at most. */
async function trickle(connections: readonly RawConnection[], bytes: string): Promise<number> {
  const begun = performance.now();
  const timer = setInterval(() => {
    for (const connection of connections) if (connection.isOpen) connection.send(bytes);
  }, 200);
  await Promise.all(connections.map(({ closed }) => closed)).finally(() => clearInterval(timer));
  return performance.now() - begun;
}

describe('who is slow', () => {
  it(
    'with headers is told 408 when the time for them is over',
    reported({ fault: '500 clients trickle headers', bound: `408 in time; ${ALIVE}` }, async (saw) => {
      await target.survives(async () => {
        const connections = await RawConnection.openMany(target.port, 500);
        for (const connection of connections) connection.send('GET /livez HTTP/1.1\r\nHost: service\r\n');
        const tookMs = await trickle(connections, 'X-More: 1\r\n');
        expect(tookMs).toBeLessThan(PATIENCE_MS.headers + 3_000);
        expect(connections.map(({ statuses }) => statuses)).toEqual(Array(500).fill([408]));
      }, saw);
    }),
    30_000,
  );

  it(
    'with a body is told 408 when the time for the request is over',
    reported({ fault: '500 clients trickle bodies', bound: `408 in time; ${ALIVE}` }, async (saw) => {
      await target.survives(async () => {
        const connections = await RawConnection.openMany(target.port, 500);
        const head = wire('POST /api/v1/clinics', [KEY, JSON_BODY, 'Content-Length: 100000']);
        for (const connection of connections) connection.send(head);
        const tookMs = await trickle(connections, '{"a":');
        expect(tookMs).toBeLessThan(PATIENCE_MS.request + 3_000);
        expect(connections.map(({ statuses }) => statuses)).toEqual(Array(500).fill([408]));
      }, saw);
    }),
    30_000,
  );

  it(
    'to read large answers is cut off, and takes no memory beyond what is on its way',
    reported(
      { fault: '20 clients ask for 60 lists each (9 MB) and read nothing', bound: `cut off; ${ALIVE}` },
      async (saw) => {
        await target.survives(async () => {
          const connections = await RawConnection.openMany(target.port, 20);
          const ask = wire(`GET /api/v1/clinics?organizationId=${target.organizationId}&limit=100`, [KEY]).repeat(60);
          for (const { socket } of connections) socket.pause().write(ask);
          await target.untilTaken(connections.length);
          await target.untilFree();
          await closeAll(connections);
        }, saw);
      },
    ),
    30_000,
  );
});

describe('many connections', () => {
  it(
    'that never say anything are closed in time, and nobody notices them',
    reported({ fault: '10,000 idle connections', bound: `closed in time; ${ALIVE}` }, async (saw) => {
      await target.survives(async () => {
        const count = Math.min(10_000, openFilesLimit() - 1_000);
        const connections = await RawConnection.openMany(target.port, count);
        saw({ besides: `${target.service.descriptors()} descriptors at once` });
        const begun = performance.now();
        const ends = await Promise.all(connections.map(({ closed }) => closed));
        expect(ends.every((end) => end === 'ended')).toBe(true);
        expect(performance.now() - begun).toBeLessThan(PATIENCE_MS.headers + 3_000);
      }, saw);
    }),
    30_000,
  );

  it(
    'more than there may be: those that are idle make room',
    reported(
      { fault: '13,000 connections that stay after a request', bound: `newcomers are served; ${ALIVE}` },
      async (saw) => {
        await target.survives(async () => {
          const count = Math.min(13_000, openFilesLimit() - 1_000);
          const connections: RawConnection[] = [];
          while (connections.length < count) {
            const some = await RawConnection.openMany(target.port, 250);
            for (const connection of some) connection.send(wire('GET /livez'));
            await Promise.all(some.map(answered));
            connections.push(...some);
          }
          expect(connections.every(({ statuses }) => statuses.join() === '200')).toBe(true);
          expect(target.service.descriptors()).toBeLessThan(MAX_CONNECTIONS);
          await closeAll(connections);
        }, saw);
      },
    ),
    30_000,
  );

  it(
    'that are reset in the middle of anything leave nothing behind',
    reported({ fault: '3,000 connections reset in the middle', bound: ALIVE }, async (saw) => {
      const halves = [
        '',
        'GET /livez HT',
        wire('POST /api/v1/clinics', [KEY, JSON_BODY, 'Content-Length: 100'], '{"name":'),
        wire('POST /api/v1/clinics', [KEY, JSON_BODY, 'Transfer-Encoding: chunked'], '5\r\n{"nam'),
        wire(`GET /api/v1/clinics?organizationId=${target.organizationId}&limit=100`, [KEY, 'Cache-Control: no-cache']),
      ];
      await target.survives(async () => {
        for (let round = 0; round < 12; round += 1) {
          const connections = await RawConnection.openMany(target.port, 250);
          for (const [at, connection] of connections.entries()) connection.send(halves[at % halves.length] ?? '');
          await sleep(20); // So that some have been read and some haven't.
          await Promise.all(connections.map((connection) => connection.reset()));
        }
      }, saw);
    }),
    30_000,
  );
});

describe('requests without end on a connection that reads nothing', () => {
  it.each([
    ['that are answered at once', wire('GET /livez')],
    ['without credentials', wire('GET /api/v1/clinics')],
    ['that go to the database', wire('GET /api/v1/clinics?limit=100', [KEY, 'Cache-Control: no-cache'])],
  ])('%s are not collected: the connection is held up and then cut off', (about, request) =>
    reported(
      { fault: `8 × 50,000 pipelined requests ${about}, nothing read`, bound: `cut off; ${ALIVE}` },
      async (saw) => {
        await target.survives(async () => {
          const connections = await RawConnection.openMany(target.port, 8);
          const burst = Buffer.from(request.repeat(500));
          const floods = connections.map((connection) => {
            connection.socket.pause();
            return connection.flood(burst, burst.length * 100, PATIENCE_MS.silence);
          });
          const sent = await Promise.all(floods);
          saw({ besides: `${Math.floor(Math.max(...sent) / request.length)} requests sent at most` });
          await target.untilFree();
          await closeAll(connections);
        }, saw);
      },
    )(),
  );
});

function answered(connection: RawConnection): Promise<void> {
  if (connection.statuses.length > 0 || !connection.isOpen) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  connection.socket.once('data', () => resolve()).once('close', () => resolve());
  return promise;
}

/** Of this process, which opens the other ends. */
function openFilesLimit(): number {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
}
