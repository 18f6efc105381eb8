import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type Connection, createConnection } from 'mongoose';
import { FaultProxy } from '../../../test/faults/support/fault-proxy.js';
import { untilAnswer } from '../../../test/support/until.js';
import { parseConfiguration } from '../../config/configuration.js';
import { type PoolState, PoolWatch } from './pool-watch.js';

const MAX = 3;
const SERVER = /\/\/(?:[^@/]*@)?([^/?,]+):(\d+)/;

let proxy: FaultProxy;
let connection: Connection;
let watch: PoolWatch;
/** Over a way on which answers can be held up. */
beforeEach(async () => {
  // biome-ignore lint/style/noProcessEnv: where the run's MongoDB is, which only its tests know
  const [, , port] = SERVER.exec(process.env['TEST_MONGODB_URI'] ?? '') ?? [];
  proxy = await FaultProxy.to(Number(port));
  const uri = `mongodb://127.0.0.1:${proxy.port}/?directConnection=true`;
  connection = createConnection(uri, { maxPoolSize: MAX, minPoolSize: MAX });
  const pool = { MONGODB_MAX_POOL_SIZE: String(MAX), MONGODB_MIN_POOL_SIZE: String(MAX) };
  watch = new PoolWatch(connection, parseConfiguration({ MONGODB_URI: uri, REDIS_URL: 'redis://h', ...pool }));
});
afterEach(async () => {
  proxy.restore();
  await connection.close();
  proxy.close();
});

const ask = () => connection.db?.collection('things').findOne({});
const until = (holds: (state: PoolState) => boolean) => untilAnswer(aTurn, holds).then(({ answer }) => answer);

/** The state after the event loop has gone round. */
const aTurn = () => new Promise<PoolState>((resolve) => setImmediate(() => resolve(watch.state)));

it('nothing is open before there is a connection', () => {
  expect(watch.state).toEqual({ size: 0, max: MAX, available: 0, inUse: 0, waiting: 0 });
});

it.each([
  [1, { available: 2, inUse: 1, waiting: 0 }],
  [MAX, { available: 0, inUse: MAX, waiting: 0 }],
  [MAX + 5, { available: 0, inUse: MAX, waiting: 5 }],
])('%i queries that take their time: %j', async (queries, expected) => {
  await connection.asPromise();
  const idle = { size: MAX, max: MAX, available: MAX, inUse: 0, waiting: 0 };
  expect(await until(({ available }) => available === MAX)).toEqual(idle);
  proxy.suffer({ toClient: { stalled: true } });
  const asked = Promise.all(Array.from({ length: queries }, ask));
  const busy = await until(({ inUse, waiting }) => inUse + waiting === queries);
  expect(busy).toEqual({ size: MAX, max: MAX, ...expected });
  proxy.restore();
  await asked;
  expect(await until(({ inUse }) => inUse === 0)).toEqual(idle);
});
