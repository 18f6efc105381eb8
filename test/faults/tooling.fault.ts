import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CompiledService } from '../support/processes.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { FaultProxy } from './support/fault-proxy.js';
import { prepareLoad } from './support/load-requests.js';
import { LoadRun } from './support/load-run.js';
import { OpenLoad } from './support/open-load.js';
import { OwnMongodb, uriAt } from './support/own-mongodb.js';
import { ServiceProcess } from './support/service-process.js';

/** The tools of the suite do what they say: a fault that doesn't happen is always survived. */
describe('the proxy', () => {
  let proxy: FaultProxy;
  const accepted: Socket[] = [];
  const echo = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined).pipe(socket);
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const address = echo.address();
    proxy = await FaultProxy.to(typeof address === 'object' && address !== null ? address.port : 0);
  });
  afterAll(() => {
    proxy?.close();
    for (const socket of accepted) socket.destroy();
    echo.close();
  });

  const open = async () => {
    const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve));
    return socket;
  };
  /** How many ms until so many bytes are back; undefined when they aren't within the time. */
  const roundTrip = async (socket: Socket, bytes: number, withinMs = 5_000): Promise<number | undefined> => {
    const begun = performance.now();
    let back = 0;
    const { promise, resolve } = Promise.withResolvers<number>();
    const count = (chunk: Buffer) => {
      back += chunk.length;
      if (back >= bytes) resolve(performance.now() - begun);
    };
    socket.on('data', count);
    socket.write(Buffer.alloc(bytes));
    return Promise.race([promise, sleep(withinMs, undefined)]).finally(() => socket.off('data', count));
  };

  it('delays both ways, and stops doing so', async () => {
    const socket = await open();
    proxy.suffer({ toServer: { latencyMs: 100, jitterMs: 20 }, toClient: { latencyMs: 100 } });
    expect(await roundTrip(socket, 10)).toBeGreaterThanOrEqual(199);
    proxy.restore();
    expect(await roundTrip(socket, 10)).toBeLessThan(150);
  });

  it('is as narrow as it should be', async () => {
    proxy.suffer({ toClient: { bytesPerSecond: 20_000 } });
    const took = await roundTrip(await open(), 10_000);
    expect(took).toBeGreaterThan(400);
    proxy.restore();
  });

  it('holds bytes and new connections, and lets them go', async () => {
    const socket = await open();
    proxy.silence();
    expect(await roundTrip(socket, 10, 200)).toBeUndefined();
    const late = await open();
    const answer = roundTrip(late, 10);
    const before = accepted.length;
    await sleep(100);
    expect(accepted.length).toBe(before);
    proxy.restore();
    expect(await answer).toBeGreaterThanOrEqual(99);
  });

  it('resets connections, and refuses new ones while it is cut', async () => {
    const socket = await open();
    const closed = new Promise<boolean>((resolve) => socket.once('close', resolve));
    proxy.cut();
    expect(await closed).toBe(true);
    const refused = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
    expect(await new Promise<boolean>((resolve) => refused.once('close', resolve))).toBe(true);
    proxy.restore();
    expect(await roundTrip(await open(), 10)).toBeDefined();
  });

  it('leaves clients with half a connection', async () => {
    const socket = await open();
    await roundTrip(socket, 10);
    proxy.halfOpen();
    expect(await roundTrip(socket, 10, 200)).toBeUndefined();
    expect([socket.destroyed, socket.readableEnded]).toEqual([false, false]);
    expect(await roundTrip(await open(), 10)).toBeDefined();
  });

  it('closes late', async () => {
    const socket = await open();
    await roundTrip(socket, 10);
    proxy.suffer({ toServer: { slowCloseMs: 200 } });
    const begun = performance.now();
    const ended = new Promise((resolve) => socket.resume().once('end', resolve));
    socket.end();
    await ended;
    expect(performance.now() - begun).toBeGreaterThanOrEqual(199);
    proxy.restore();
  });
});

describe('a service over a MongoDB of its own, under an open load', () => {
  const folder = new TemporaryFolder();
  let mongodb: OwnMongodb;
  let proxy: FaultProxy;
  let compiled: CompiledService;
  let service: ServiceProcess;
  beforeAll(async () => {
    mongodb = await OwnMongodb.start(join(folder.path, 'mongodb'));
    proxy = await FaultProxy.to(mongodb.port);
    compiled = new CompiledService();
    service = await ServiceProcess.start(compiled, { MONGODB_URI: uriAt(proxy.port) });
  });
  afterAll(async () => {
    await service?.kill();
    proxy?.close();
    await mongodb?.stop();
    compiled?.remove();
    folder.remove();
  });

  it('loses nothing, shows nothing old, and charges a standstill with all that was due', async () => {
    const target = await prepareLoad(service.api, [service.url]);
    const load = new OpenLoad(target, { perSecond: 50 });
    await sleep(1_500);
    const frozenAt = performance.now();
    mongodb.freeze();
    service.freeze();
    await sleep(1_000);
    service.thaw();
    mongodb.thaw();
    await sleep(1_000);
    const run = await load.stop();
    expect(run.count).toBeGreaterThan(150);
    expect(run.between(frozenAt, frozenAt + 500).latencyMs(0.5)).toBeGreaterThan(500);
    expect(run.staleAnswers()).toEqual([]);
    expect(await mongodb.with((client) => run.lostWrites(client.db(service.database)))).toEqual([]);
    expect(run.recoveredAfter(frozenAt + 1_000)).toBeLessThan(2_000);
    expect(service.rssBytes()).toBeGreaterThan(await service.heapBytes());
  });

  it('would be found out', async () => {
    const at = { kind: 'read', path: '', scheduledMs: 0, outcome: '200' } as const;
    const run = new LoadRun([
      { ...at, kind: 'patch', clinicId: ID, name: 'a', sentMs: 0, answeredMs: 1, shown: [[ID, 3]] },
      { ...at, sentMs: 0.5, answeredMs: 2, shown: [[ID, 2]] },
      { ...at, sentMs: 3, answeredMs: 4, shown: [[ID, 2]], cache: 'STALE' },
      { ...at, sentMs: 3, answeredMs: 4, shown: [[ID, 2]], cache: 'HIT' },
    ]);
    expect(run.staleAnswers()).toEqual([`read (HIT) of ${ID}: version 2 after 3`]);
    expect(await mongodb.with((client) => run.lostWrites(client.db(service.database)))).toHaveLength(1);
  });

  it('has all that it acknowledged when MongoDB is killed and comes back elsewhere', async () => {
    const { id } = await service.api.post('/organizations', { name: 'Kept', slug: 'kept' }).then(({ body }) => body);
    await mongodb.kill();
    await mongodb.startAgain();
    proxy.leadTo(mongodb.port);
    await service.untilReady();
    expect((await service.api.get(`/organizations/${id}`, {}, { 'cache-control': 'no-cache' })).status).toBe(200);
  });
});

const ID = '0123456789abcdef01234567';
