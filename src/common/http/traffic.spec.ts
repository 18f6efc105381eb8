import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import Fastify from 'fastify';
import { Traffic, watchTraffic } from './traffic.js';

const LARGE = 'x'.repeat(8_000_000);
const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

/** A server with its traffic, and a way to connect to it. */
async function serving(handle: RequestListener) {
  const server = createServer(handle);
  const traffic = new Traffic(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const open = async () => {
    const socket = connect(port, '127.0.0.1');
    await Promise.all([once(socket, 'connect'), once(server, 'connection')]);
    return socket;
  };
  return { traffic, open };
}

async function everything(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk)).resume();
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

async function ask(socket: Socket): Promise<string> {
  socket.write(GET);
  const [chunk] = await once(socket, 'data');
  return String(chunk);
}

describe('a server that closes', () => {
  it('sends an answer to the end, however slowly its client reads', async () => {
    const handled = Promise.withResolvers<void>();
    const { traffic, open } = await serving((_request, response) => {
      response.end(LARGE);
      handled.resolve();
    });
    const socket = await open();
    socket.pause().write(GET);
    await handled.promise;
    traffic.close(0);
    const [answer] = await Promise.all([everything(socket), traffic.ended()]);
    expect(answer.length).toBeGreaterThan(LARGE.length);
  });

  it('serves the next request on a connection that was just used, and says that it is the last', async () => {
    const { traffic, open } = await serving((_request, response) => response.end('here'));
    const socket = await open();
    expect(await ask(socket)).toMatch(/Connection: keep-alive/);
    traffic.close(60_000);
    expect(await ask(socket)).toMatch(/Connection: close/);
    await Promise.all([everything(socket), traffic.ended()]);
  });

  it('closes a connection on which nothing has come for long enough, one that never spoke too', async () => {
    const { traffic, open } = await serving((_request, response) => response.end('here'));
    const [used, fresh] = [await open(), await open()];
    await ask(used);
    const begun = performance.now();
    traffic.close(200);
    await Promise.all([everything(used), everything(fresh), traffic.ended()]);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(190);
  });

  it('says with an answer that had not begun that it is the last', async () => {
    const asked = Promise.withResolvers<() => void>();
    const { traffic, open } = await serving((_request, response) => asked.resolve(() => response.end('late')));
    const socket = await open();
    socket.write(GET);
    const answer = await asked.promise;
    traffic.close(0);
    answer();
    expect(await everything(socket)).toMatch(/late/);
    await traffic.ended();
  });

  it('tells what is still under way, and cuts it off when it is asked to', async () => {
    const { traffic, open } = await serving(() => undefined);
    const socket = await open();
    const closed = new Promise((resolve) => socket.on('error', () => undefined).on('close', resolve));
    socket.write(GET);
    traffic.close(60_000);
    expect(traffic.underWay()).toEqual(['1 connection']);
    traffic.cut();
    await Promise.all([closed, traffic.ended()]);
  });

  it('has not ended before what was asked is done with, though whoever asked is gone', async () => {
    const fastify = Fastify();
    watchTraffic(fastify);
    const begun = Promise.withResolvers<void>();
    const work = Promise.withResolvers<string>();
    fastify.get('/', () => {
      begun.resolve();
      return work.promise;
    });
    const address = await fastify.listen({ port: 0, host: '127.0.0.1' });
    const gone = Promise.withResolvers<void>();
    fastify.server.once('connection', (client: Socket) => client.once('close', () => gone.resolve()));
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    socket.write(GET);
    await begun.promise;
    socket.destroy();
    fastify.traffic.close(0);
    await gone.promise;
    expect(fastify.traffic.underWay()).toEqual([expect.stringMatching(/^GET \/ \(for \d+ ms\)$/)]);
    let ended = false;
    const end = fastify.traffic.ended().then(() => {
      ended = true;
    });
    await new Promise(setImmediate);
    expect(ended).toBe(false);
    work.resolve('done');
    await end;
    await fastify.close();
  });
});
