import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PreparedHead, ReadyHeads } from './response-head.js';

const KEEP_ALIVE_MS = 7_900;
const BODY = '["Zoë"]';
const LENGTH = ['content-length', String(Buffer.byteLength(BODY))];
const HEADS = {
  200: new PreparedHead(200, ['etag', '"1"', ...LENGTH]),
  304: new PreparedHead(304, ['etag', '"1"']),
};
const FURTHER = ['x-cache', 'HIT', 'vary', 'Accept'];

/** Answers by our heads, or at /node/ by Node's own; the status is the last part of the path. */
const server: Server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
  const head = request.url?.endsWith('304') ? HEADS[304] : HEADS[200];
  if (request.url?.startsWith('/node/')) response.writeHead(head.status, [...head.headers, ...FURTHER]);
  else heads.write(response, head, FURTHER);
  expect([response.headersSent, response.statusCode]).toEqual([true, head.status]);
  if (head.status === 304 || request.method === 'HEAD') response.end();
  else response.end(Buffer.from(BODY).toString('latin1'), 'latin1');
});
const heads = new ReadyHeads(KEEP_ALIVE_MS);
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  server.close();
});

/** All that the server sends to these requests, until it ends the connection. */
async function answersTo(...requests: readonly string[]): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  for (const request of requests) socket.write(`${request}\r\nHost: here\r\n\r\n`);
  const got = await text(socket);
  return got.replaceAll(/^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r$/gm, 'Date: -\r');
}

const LAST = 'GET /node/200 HTTP/1.1\r\nConnection: close';

describe('an answer with a ready head is to the byte what Node would send', () => {
  it.each([
    ['to GET', 'GET %/200 HTTP/1.1'],
    ['to HEAD', 'HEAD %/200 HTTP/1.1'],
    ['that has not changed', 'GET %/304 HTTP/1.1'],
    ['to a client that says it stays', 'GET %/200 HTTP/1.1\r\nConnection: keep-alive'],
    ['to a client of HTTP/1.0 that stays', 'GET %/200 HTTP/1.0\r\nConnection: keep-alive'],
  ])('%s', async (_, request) => {
    const [ours, nodes] = ['/ours', '/node'].map((path) => request.replace('%', path));
    const ready = await answersTo(ours ?? '', ours ?? '', LAST);
    expect(ready).toBe(await answersTo(nodes ?? '', nodes ?? '', LAST));
    expect(ready.match(/^Keep-Alive: timeout=7\r$/gm)).toHaveLength(2);
  });

  it.each([
    ['to a client that leaves', 'GET %/200 HTTP/1.1\r\nConnection: close'],
    ['to a client of HTTP/1.0', 'GET %/200 HTTP/1.0'],
  ])('%s', async (_, request) => {
    const ready = await answersTo(request.replace('%', '/ours'));
    expect(ready).toBe(await answersTo(request.replace('%', '/node')));
    expect(ready).toContain('Connection: close');
  });
});

it.each([
  ['a line break', ['link', 'a\r\nset-cookie: b'], 'Invalid character in header content'],
  ['no latin1', ['link', 'Łódź'], 'Invalid character in header content'],
  ['no name', ['', 'a'], 'must be a valid HTTP token'],
])('a head with %s is refused when it is prepared', (_, headers, reason) => {
  expect(() => new PreparedHead(200, headers).text).toThrow(reason);
});
