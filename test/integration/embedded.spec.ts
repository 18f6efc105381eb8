import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { identify, isAlive, isRunning, type ProcessIdentity } from '../../src/embedded/process-identity.js';

type Program = ChildProcessByStdio<null, Readable, Readable>;

/** What `start` below prints of the servers it has. */
interface Report {
  readonly mongodb: { readonly source: string; readonly pid: number };
  readonly redis: { readonly source: string; readonly pid: number };
}

const root = mkdtempSync(join(tmpdir(), 'embedded-spec-'));
const programs: Program[] = [];
let temporary: string;
let dataDir: string;
let bin: string;

beforeEach(() => {
  const place = mkdtempSync(join(root, 'test-'));
  [temporary = '', dataDir = '', bin = ''] = ['tmp', 'data', 'bin'].map((name) => join(place, name));
  mkdirSync(temporary);
  mkdirSync(bin);
});

afterEach(async () => {
  const running = programs.splice(0).filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  await Promise.all(running.map((program) => end(program, 'SIGKILL')));
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('the embedded servers are gone when their program', () => {
  it.each([
    ['is killed', 'await new Promise(() => setInterval(() => {}, 1e6))', 'SIGKILL'],
    ['is terminated', 'await new Promise(() => setInterval(() => {}, 1e6))', 'SIGTERM'],
    ['is interrupted', 'await new Promise(() => setInterval(() => {}, 1e6))', 'SIGINT'],
    ['exits', 'process.exit(0)', undefined],
    ['throws', 'throw new Error("a bug")', undefined],
    ['has nothing left to do', '', undefined],
    ['stops them, twice', 'await Promise.all([servers.stop(), servers.stop()]); await servers.stop()', undefined],
  ] as const)('%s', async (_, then, signal) => {
    const { program, servers } = await started(`${start()} ${then}`);
    if (signal) program.kill(signal);
    await ended(program);
    await gone(servers);
    await until(() => readdirSync(temporary).length === 0); // and their temporary folders with them
  });

  it('is killed while it still installs one', async () => {
    tool('cargo', 'echo $$ >&2; echo half >"$CARGO_TARGET_DIR.half"; exec sleep 600');
    tool('cmake', '');
    tool('cc', '');
    const cache = join(temporary, 'cache');
    const program = run(build, { XDG_CACHE_HOME: cache });
    const log = await find(join(cache, 'enterprise-service'), /install\.log$/);
    const cargo = identify(Number(await contents(log)));
    await end(program, 'SIGKILL');
    await until(() => cargo === undefined || !isRunning(cargo));

    tool('cargo', 'while [ "$1" != --root ]; do shift; done; mkdir "$2/bin"; cp /bin/true "$2/bin/secantusd-rs"');
    const found = await lines(run(build, { XDG_CACHE_HOME: cache }));
    expect(found.at(-1)).toBe(join(cache, 'enterprise-service/secantus-mdb-0.5.3-beta.196/bin/secantusd-rs'));
    expect(readdirSync(join(cache, 'enterprise-service'))).toEqual(['secantus-mdb-0.5.3-beta.196']);
  });
});

describe('over one data folder', () => {
  const options = () => JSON.stringify(dataDir);
  const idle = 'setInterval(() => {}, 1e6);';
  const write = `
    const { MongoClient } = await import('mongodb'); const { Redis } = await import('ioredis');
    const client = new MongoClient(servers.mongodbUri); const redis = new Redis(servers.redisUrl);
    await client.db('kept').collection('notes').insertOne({ text: 'x' }); await redis.set('note', 'x');
    await client.close(); redis.disconnect();`;
  const read = `
    const { MongoClient } = await import('mongodb'); const { Redis } = await import('ioredis');
    const client = new MongoClient(servers.mongodbUri); const redis = new Redis(servers.redisUrl);
    console.log(JSON.stringify([await client.db('kept').collection('notes').countDocuments(), await redis.get('note')]));
    await client.close(); redis.disconnect();`;

  it('a second process uses the servers of the first, and leaves them alone', async () => {
    const first = await started(`${start(options())} ${idle}`);
    const second = await started(`${start(options())} await servers.stop();`);
    await ended(second.program);
    expect(second.report.mongodb).toMatchObject({ source: 'running', pid: first.report.mongodb.pid });
    expect(second.report.redis).toMatchObject({ source: 'running', pid: first.report.redis.pid });
    expect(first.servers.every(isRunning)).toBe(true);
  });

  it('two processes that start at the same moment end up with one pair', async () => {
    const both = await Promise.all([1, 2].map(() => started(`${start(options())} ${idle}`)));
    expect(new Set(both.map(({ report }) => report.mongodb.pid)).size).toBe(1);
    expect(new Set(both.map(({ report }) => report.redis.pid)).size).toBe(1);
  });

  it('data survive a stop and a start', async () => {
    await lines(run(`${start(options())} ${write} await servers.stop();`));
    expect(existsSync(join(dataDir, 'servers.json'))).toBe(false);
    const printed = await lines(run(`${start(options())} ${read}`));
    expect(printed.at(-1)).toBe('[1,"x"]');
  });

  it('a process that was killed is followed at once by the next, with its data', async () => {
    const first = await started(`${start(options())} ${write} console.log('written'); ${idle}`, 'written');
    first.program.kill('SIGKILL');
    const printed = await lines(run(`${start(options())} ${read}`));
    expect(printed.at(-1)).toBe('[1,"x"]');
    await gone(first.servers);
  });

  it('unreadable notes about running servers are no hindrance', async () => {
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'servers.json'), '{"owner":{"pid":1');
    const { report } = await started(`${start(options())} await servers.stop();`);
    expect(report.redis.source).not.toBe('running');
  });
});

describe('the servers that the environment names', () => {
  const { TEST_MONGODB_URI: MONGODB_URI, TEST_REDIS_URL: REDIS_URL } = process.env;

  it('are used, and left alone', async () => {
    const { report } = await started(`${start()} await servers.stop();`, 'SERVERS', { MONGODB_URI, REDIS_URL });
    expect(report).toMatchObject({ mongodbUri: MONGODB_URI, redisUrl: REDIS_URL });
    expect(report.mongodb).toEqual({
      source: 'environment',
      plansLikeMongod: process.env.TEST_PLANS_LIKE_MONGOD === '1',
    });
    expect(report.redis).toEqual({ source: 'environment' });
    expect(isAlive(Number(process.env.TEST_REDIS_PID))).toBe(true);
  });

  it('but do not answer are an error that keeps their password to itself', async () => {
    const program = run(start(), { MONGODB_URI, REDIS_URL: 'redis://:secret@127.0.0.1:1' });
    const [printed] = await Promise.all([errors(program), ended(program)]);
    expect(printed).toContain('Redis: the server (environment) does not answer');
    expect(printed).not.toContain('secret');
  });
});

describe('a server that dies as it starts', () => {
  it('is reported with its last words, and the other one does not stay', async () => {
    tool('redis-server', '[ "$1" = --version ] && exit 0; echo "*** FATAL CONFIG FILE ERROR ***"; exit 3');
    const program = run(start());
    const [printed] = await Promise.all([errors(program), ended(program)]);
    expect(printed).toContain('ended with code 3 as it started');
    expect(printed).toContain('*** FATAL CONFIG FILE ERROR ***');
    await until(() => readdirSync(temporary).length === 0);
  });

  it('of spoilt data is reported, and the data stay for whoever can mend them', async () => {
    const startOverData = start(JSON.stringify(dataDir));
    await lines(run(`${startOverData} await servers.stop();`));
    const turtle = await find(dataDir, /WiredTiger\.turtle$/);
    writeFileSync(turtle, 'spoilt');
    await expect(lines(run(startOverData))).rejects.toThrow(/as it started; its last lines:[\s\S]*WiredTiger\.turtle/);
    expect(readFileSync(turtle, 'utf8')).toBe('spoilt');
    expect(existsSync(join(dataDir, 'servers.json'))).toBe(false);
  });

  it('on PATH and does not even tell its version is passed over', async () => {
    tool('redis-server', 'exit 127');
    const { report } = await started(`${start()} await servers.stop();`);
    expect(report.redis.source).not.toBe('path');
  });
});

const loader = pathToFileURL(resolve('test/support/global-setup.ts')).href;
const source = (name: string) => JSON.stringify(pathToFileURL(resolve('src/embedded', name)).href);

const build = `
  const { buildSecantus } = await import(${source('secantus-cargo.ts')});
  console.log(await buildSecantus(() => {}));`;

function start(dataDirJson = 'undefined'): string {
  return `
    const { startEmbeddedServers } = await import(${source('index.ts')});
    const servers = await startEmbeddedServers({ dataDir: ${dataDirJson}, queryPlans: 'any', log: () => {} });
    console.log('SERVERS ' + JSON.stringify(servers));`;
}

/** Runs a program in a process of its own, with our `tool`s first on PATH. */
function run(text: string, env: NodeJS.ProcessEnv = {}): Program {
  const { MONGODB_URI: _, REDIS_URL: __, ...inherited } = process.env;
  const program = spawn(process.execPath, ['--import', loader, '--input-type=module', '-e', text], {
    env: { ...inherited, TMPDIR: temporary, PATH: `${bin}:${process.env.PATH}`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  programs.push(program);
  return program;
}

/** Runs a program until it has printed its servers (or another line that begins with `mark`). */
async function started(text: string, mark = 'SERVERS', env: NodeJS.ProcessEnv = {}) {
  const program = run(text, env);
  const failure = errors(program);
  let report: Report | undefined;
  for await (const line of createInterface({ input: program.stdout })) {
    if (line.startsWith('SERVERS')) report = JSON.parse(line.slice(8));
    if (line.startsWith(mark)) break;
  }
  if (!report) throw new Error(await failure);
  // Identified while they certainly run, or had run: a number alone could be another process's later.
  const servers = [report.mongodb.pid, report.redis.pid].flatMap((pid) => identify(pid) ?? []);
  return { program, report, servers };
}

function tool(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

async function lines(program: Program): Promise<readonly string[]> {
  const failure = errors(program);
  let text = '';
  program.stdout.on('data', (chunk) => (text += chunk));
  await once(program, 'close');
  if (program.exitCode !== 0) throw new Error(await failure);
  return text.trim().split('\n');
}

async function errors(program: Program): Promise<string> {
  let text = '';
  program.stderr.on('data', (chunk) => (text += chunk));
  await once(program, 'close');
  return text;
}

async function ended(program: Program): Promise<void> {
  if (program.exitCode === null && program.signalCode === null) await once(program, 'exit');
}

async function end(program: Program, signal: NodeJS.Signals): Promise<void> {
  program.kill(signal);
  await ended(program);
}

async function gone(servers: readonly ProcessIdentity[]): Promise<void> {
  await until(() => !servers.some(isRunning));
}

async function find(folder: string, name: RegExp): Promise<string> {
  let path: string | undefined;
  await until(() => {
    if (!existsSync(folder)) return false;
    path = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((file) => name.test(file));
    return path !== undefined;
  });
  return join(folder, path ?? '');
}

async function contents(file: string): Promise<string> {
  await until(() => readFileSync(file, 'utf8').includes('\n'));
  return readFileSync(file, 'utf8');
}

/** Processes that aren't our children, and files, send no event: looks every few milliseconds. */
async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`still waiting for: ${condition}`);
    await new Promise((wake) => setTimeout(wake, 10));
  }
}
