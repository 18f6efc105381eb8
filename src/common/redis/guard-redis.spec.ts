import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Redis, ReplyError } from 'ioredis';
import { Dependency } from '../resilience/dependency.js';
import { Unavailable } from '../resilience/unavailable.js';
import { connectRedis } from './connect-redis.js';
import { guardRedis, isRedisAway } from './guard-redis.js';

describe('Redis is away', () => {
  it.each([
    ['a command without a reply', new Error('Command timed out')],
    ['a connection that is closed', new Error('Connection is closed.')],
    [
      'a connection that cannot be written to',
      new Error("Stream isn't writeable and enableOfflineQueue options is false"),
    ],
    ['a refused connection', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
    ['a server that loads its data', new ReplyError('LOADING Redis is loading the dataset in memory')],
    ['a replica without its master', new ReplyError('MASTERDOWN Link with MASTER is down')],
    ['a cluster that is down', new ReplyError('CLUSTERDOWN The cluster is down')],
  ])('says %s', (_, error) => {
    expect(isRedisAway(error)).toBe(true);
  });

  it.each([
    ['a command that is wrong', new ReplyError('ERR unknown command')],
    ['a key of another type', new ReplyError('WRONGTYPE Operation against a key holding the wrong kind of value')],
    ['a script that it does not have', new ReplyError('NOSCRIPT No matching script')],
    ['a full memory', new ReplyError('OOM command not allowed when used memory > maxmemory')],
    ['a replica that takes no writes', new ReplyError('READONLY You can’t write against a read only replica')],
    ['an error that only mentions it', new ReplyError('ERR LOADING is not a command')],
    ['no error', 'Connection is closed.'],
  ])('does not say %s', (_, error) => {
    expect(isRedisAway(error)).toBe(false);
  });
});

/** A server that answers, or holds its answers back until it is thawed. */
class Server {
  got: string[] = [];
  private held: (() => void)[] | undefined;
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((socket) => {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      for (const command of bytes.toString().split(/(?=\*\d)/)) this.take(command, socket);
    });
  });

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  freeze(): void {
    this.held = [];
  }

  thaw(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const reply of held) reply();
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private take(command: string, socket: Socket): void {
    const [, , name = '', , key] = command.split('\r\n');
    this.got.push(name);
    const reply = () => socket.write(key === 'wrong' ? '-ERR no such thing\r\n' : `+${name} ${key}\r\n`);
    if (this.held === undefined) reply();
    else this.held.push(reply);
  }
}

let client: Redis;
let dependency: Dependency;
let ping: () => Promise<unknown>;
let server: Server;
beforeEach(async () => {
  server = new Server();
  client = connectRedis(`redis://127.0.0.1:${await server.listen()}`, {
    commandTimeout: 50,
    maxRetriesPerRequest: 1,
    enableReadyCheck: false,
    disableClientInfo: true,
  });
  dependency = new Dependency('redis', isRedisAway);
  ping = guardRedis(client, dependency);
  await once(client, 'ready');
  server.got = [];
});
afterEach(() => {
  dependency.stop();
  client.disconnect();
  server.close();
});

const timeOut = async (times: number): Promise<void> => {
  server.freeze();
  for (let n = 0; n < times; n += 1) await client.get('key').catch(() => undefined);
};

describe('a guarded client', () => {
  it('gives replies, and errors that are replies as they are', async () => {
    expect(await client.get('key')).toBe('get key');
    await expect(client.get('wrong')).rejects.toBeInstanceOf(ReplyError);
    for (let n = 0; n < 9; n += 1) await client.get('wrong').catch(() => undefined);
    expect(dependency.state).toBe('closed');
  });

  it('sends nothing any more once five commands in a row had no reply', async () => {
    await timeOut(5);
    expect(dependency.state).toBe('open');
    server.got = [];
    const begun = performance.now();
    await expect(client.get('key')).rejects.toBeInstanceOf(Unavailable);
    expect(performance.now() - begun).toBeLessThan(10);
    expect(server.got).toEqual([]);
  });

  it('leaves commands that wait for a reply when it is found to be away', async () => {
    server.freeze();
    const waiting = client.get('key');
    dependency.silent('no answer');
    const begun = performance.now();
    await expect(waiting).rejects.toBeInstanceOf(Unavailable);
    expect(performance.now() - begun).toBeLessThan(10);
  });

  it('pings all the same, and nothing else passes with a ping', async () => {
    await timeOut(5);
    const pinged = ping();
    await expect(client.get('key')).rejects.toBeInstanceOf(Unavailable);
    server.thaw();
    await pinged;
    expect(server.got.slice(5)).toEqual(['ping']);
  });

  it('has its commands sent again once it is back, and gives replies that came late to nobody else', async () => {
    await timeOut(5);
    dependency.answered();
    const next = client.get('other');
    server.thaw();
    expect(await next).toBe('get other');
  });
});
