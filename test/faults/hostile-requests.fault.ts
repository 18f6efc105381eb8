import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RawConnection, wire } from './support/raw-connection.js';
import { reported } from './support/report.js';
import { JSON_BODY, KEY, Target } from './support/target.js';

const MEGABYTE = 1_048_576;
const UNHARMED = '/livez within 1 s, memory bounded, descriptors and heap back';
const POST = 'POST /api/v1/clinics';

let target: Target;
beforeAll(async () => {
  target = await Target.start({ HTTP_REQUEST_TIMEOUT_MS: '5000', HTTP_HEADERS_TIMEOUT_MS: '3000' });
});
afterAll(() => target?.stop());

/** Sends it and waits until the server has closed the connection. */
async function closedAfter(bytes: string | Buffer): Promise<RawConnection> {
  const connection = (await RawConnection.open(target.port)).send(bytes);
  await connection.closed;
  return connection;
}

/** As most clients do: it looks for an answer when it has sent all. */
async function readAfterSending(text: string): Promise<RawConnection> {
  const connection = await RawConnection.open(target.port);
  connection.socket.pause().write(text, 'latin1', () => connection.socket.resume());
  await connection.closed;
  return connection;
}

describe('what is no HTTP', () => {
  const forms: readonly (readonly [string, string])[] = [
    ['random bytes', '\x00\xff\x17\x03\x01\r\n\r\n'],
    ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['another protocol', 'EHLO service\r\n'],
    ['a version that is none', 'GET /livez HTTP/9.9\r\nHost: a\r\n\r\n'],
    ['no host', 'GET /livez HTTP/1.1\r\n\r\n'],
    ['a header without a name', 'GET /livez HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n'],
    ['a header without a colon', 'GET /livez HTTP/1.1\r\nHost: a\r\nabc\r\n\r\n'],
    ['a space before the colon', 'GET /livez HTTP/1.1\r\nHost: a\r\nX-A : b\r\n\r\n'],
    ['a folded header', 'GET /livez HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n'],
    ['NUL in a header', 'GET /livez HTTP/1.1\r\nHost: a\r\nX-A: b\x00c\r\n\r\n'],
    ['line feeds alone', 'GET /livez HTTP/1.1\nHost: a\n\n'],
    ['a tunnel', 'CONNECT other:80 HTTP/1.1\r\nHost: other:80\r\n\r\n'],
    ['a chunk of no length', wire(POST, [KEY, JSON_BODY, 'Transfer-Encoding: chunked'], 'zz\r\n{}\r\n0\r\n\r\n')],
    ['a chunk of endless length', wire(POST, [KEY, JSON_BODY, 'Transfer-Encoding: chunked'], `${'f'.repeat(20)}\r\n`)],
    [
      'an extension of a chunk without end',
      wire(POST, [KEY, JSON_BODY, 'Transfer-Encoding: chunked'], `1;${'x'.repeat(20_000)}`),
    ],
  ];

  it(
    'is a 400 or nothing, and the connection ends',
    reported(
      { fault: `${forms.length} forms of malformed HTTP, 20 times each`, bound: `400 or closed; ${UNHARMED}` },
      async (saw) => {
        await target.survives(async () => {
          for (const [form, bytes] of forms) {
            const ended = await Promise.all(Array.from({ length: 20 }, () => closedAfter(bytes)));
            for (const { statuses } of ended)
              expect([form, ['', '400'].includes(statuses.join())]).toEqual([form, true]);
          }
        }, saw);
      },
    ),
    20_000,
  );

  it(
    'with a second request hidden in it never gets to the second',
    reported({ fault: '11 forms of request smuggling', bound: `400, one answer; ${UNHARMED}` }, async (saw) => {
      const hidden = wire('GET /livez', ['X-Smuggled: 1']);
      const chunked = `0\r\n\r\n${hidden}`;
      const forms = [
        ['Content-Length: 5', 'Transfer-Encoding: chunked'],
        ['Transfer-Encoding: chunked', 'Content-Length: 5'],
        ['Content-Length: 0', 'Content-Length: 5'],
        ['Content-Length: +5'],
        ['Content-Length: 5, 6'],
        ['Content-Length: 0x5'],
        ['Transfer-Encoding: chunked, identity'],
        ['Transfer-Encoding: xchunked'],
        ['Transfer-Encoding:\x0bchunked'],
        ['Transfer-Encoding : chunked'],
        ['Transfer-Encoding: chunked', 'Transfer-Encoding: cow'],
      ];
      await target.survives(async () => {
        for (const headers of forms) {
          const { statuses } = await closedAfter(wire(POST, [KEY, JSON_BODY, ...headers], chunked));
          expect([headers, statuses]).toEqual([headers, [400]]);
        }
      }, saw);
    }),
    20_000,
  );

  it('comes after a request that could be read: that one gets its own answer first', async () => {
    const list = wire(`GET /api/v1/clinics?organizationId=${target.organizationId}`, [KEY, 'Cache-Control: no-cache']);
    const { statuses, received } = await closedAfter(`${list}no HTTP at all\r\n\r\n`);
    expect(statuses).toEqual([200, 400]);
    expect(received.indexOf('"data"')).toBeLessThan(received.indexOf('malformed-request'));
  });
});

describe('headers', () => {
  it(
    'of a megabyte are a 431, which the client gets to read',
    reported({ fault: '50 clients send headers of 1 MB', bound: `431; ${UNHARMED}` }, async (saw) => {
      await target.survives(async () => {
        const huge = wire('GET /livez', [`X-Huge: ${'x'.repeat(MEGABYTE)}`]);
        const ended = await Promise.all(Array.from({ length: 50 }, () => readAfterSending(huge)));
        expect(ended.map(({ statuses }) => statuses.join())).toEqual(Array(50).fill('431'));
      }, saw);
    }),
    20_000,
  );

  it('without end are cut off', async () => {
    const connection = await RawConnection.open(target.port);
    connection.send('GET /livez HTTP/1.1\r\nHost: a\r\n');
    const sent = await connection.flood(
      Buffer.from(`X-More: ${'x'.repeat(1_000)}\r\n`.repeat(60)),
      100 * MEGABYTE,
      5_000,
    );
    await connection.closed;
    expect(sent).toBeLessThan(40 * MEGABYTE);
  });
});

describe('bodies', () => {
  it(
    'in a coding are a 415 that says so, and are not decoded',
    reported({ fault: '20 gzip bombs of 100 MB', bound: `415; ${UNHARMED}` }, async (saw) => {
      const bomb = gzipSync(Buffer.alloc(100 * MEGABYTE, ' '));
      await target.survives(
        async () => {
          for (const coding of ['gzip', 'x-gzip', 'deflate', 'br', 'zstd', 'gzip, identity']) {
            const head = [
              KEY,
              JSON_BODY,
              `Content-Encoding: ${coding}`,
              `Content-Length: ${bomb.length}`,
              'Connection: close',
            ];
            const ended = await Promise.all(
              Array.from({ length: 20 }, () => closedAfter(Buffer.concat([Buffer.from(wire(POST, head)), bomb]))),
            );
            for (const { statuses, received } of ended) {
              expect(statuses).toEqual([415]);
              expect(received).toMatch(/^accept-encoding: identity\r$/im);
            }
          }
        },
        saw,
        64 * MEGABYTE,
      );
    }),
    20_000,
  );

  it(
    'without end are a 413, and nobody reads on',
    reported({ fault: '20 chunked bodies without end', bound: `413 and cut off; ${UNHARMED}` }, async (saw) => {
      const chunk = Buffer.from(`10000\r\n${' '.repeat(65_536)}\r\n`);
      await target.survives(
        async () => {
          const connections = await RawConnection.openMany(target.port, 20);
          const sent = await Promise.all(
            connections.map((connection) => {
              connection.send(wire(POST, [KEY, JSON_BODY, 'Transfer-Encoding: chunked']));
              return connection.flood(chunk, 200 * MEGABYTE, 8_000);
            }),
          );
          await Promise.all(connections.map(({ closed }) => closed));
          saw({ besides: `${Math.round(Math.max(...sent) / MEGABYTE)} MB sent at most` });
          expect(Math.max(...sent)).toBeLessThan(30 * MEGABYTE);
        },
        saw,
        128 * MEGABYTE,
      );
    }),
    20_000,
  );

  it(
    'that are announced as too large are refused before they are sent',
    reported(
      { fault: 'Expect: 100-continue with a body of 1 GB', bound: `413 without 100; ${UNHARMED}` },
      async (saw) => {
        await target.survives(async () => {
          const ask = (headers: readonly string[]) =>
            closedAfter(wire(POST, [...headers, JSON_BODY, 'Expect: 100-continue', 'Content-Length: 1073741824']));
          expect((await ask([KEY])).statuses).toEqual([413]);
          expect((await ask([])).statuses).toEqual([401]);
        }, saw);
      },
    ),
    20_000,
  );

  it('that are announced and welcome are asked for, and the connection goes on', async () => {
    const connection = await RawConnection.open(target.port);
    const body = JSON.stringify({ organizationId: target.organizationId, name: 'Announced', code: 'EXPECTED' });
    connection.send(wire(POST, [KEY, JSON_BODY, 'Expect: 100-continue', `Content-Length: ${body.length}`]));
    await received(connection, /HTTP\/1\.1 100 Continue\r\n\r\n/);
    connection.send(body);
    await received(connection, /HTTP\/1\.1 201 /);
    connection.send(wire('GET /livez', ['Connection: close']));
    await connection.closed;
    expect(connection.statuses).toEqual([100, 201, 200]);
  });
});

async function received(connection: RawConnection, pattern: RegExp): Promise<void> {
  while (!pattern.test(connection.received)) {
    if (!connection.isOpen) throw new Error(`It has ended: ${connection.received}`);
    await new Promise<void>((resolve) =>
      connection.socket.once('data', () => resolve()).once('close', () => resolve()),
    );
  }
}
