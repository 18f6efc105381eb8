import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { PLATFORM_KEY } from './service.js';
import { TemporaryFolder } from './temporary-folder.js';

/** Real processes of the service over one database, as in production. */
export interface ServiceProcesses {
  /** http://127.0.0.1:port of each. */
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

/** A process that outlives its test would go on for ever: it ends with the pipe to us. */
const END_WITH_US = 'data:text/javascript,process.stdin.resume().on("end",()=>process.exit(1))';

/** Builds the service into a folder of its own and starts that many processes of it. */
export async function startProcesses(
  count: number,
  variables: Readonly<Record<string, string>> = {},
): Promise<ServiceProcesses> {
  const folder = new TemporaryFolder();
  const entry = build(folder);
  const children: ChildProcess[] = [];
  const stop = async () => {
    await Promise.all(children.map(end));
    folder.remove();
  };
  try {
    const environment = {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      HOST: '127.0.0.1',
      PORT: '0',
      MONGODB_URI: process.env['TEST_MONGODB_URI'],
      MONGODB_DATABASE: `test_${randomBytes(6).toString('hex')}`,
      MONGODB_MIN_POOL_SIZE: '0',
      REDIS_URL: process.env['TEST_REDIS_URL'],
      PLATFORM_ADMIN_KEY: PLATFORM_KEY,
      LOG_LEVEL: 'log',
      NO_COLOR: '1',
      ...variables,
    };
    const urls: string[] = [];
    // One after the other: the first makes the indexes.
    for (let number = 0; number < count; number += 1) {
      const child = spawn(process.execPath, ['--import', END_WITH_US, entry], {
        env: environment,
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      children.push(child);
      urls.push(await addressOf(child));
    }
    return { urls, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The build finds its packages, and its package.json, where a clone has them. */
function build(folder: TemporaryFolder): string {
  const out = join(folder.path, 'dist');
  mkdirSync(out);
  symlinkSync(resolve('node_modules'), join(folder.path, 'node_modules'));
  writeFileSync(join(folder.path, 'package.json'), JSON.stringify({ type: 'module', version: '0.0.0' }));
  const swc = resolve('node_modules/@swc/cli/bin/swc.js');
  const only = ['--strip-leading-paths', '--ignore', '**/*.spec.ts', '--quiet'];
  execFileSync(process.execPath, [swc, 'src', '--out-dir', out, ...only], { stdio: 'pipe' });
  return join(out, 'main.js');
}

async function addressOf(child: ChildProcess): Promise<string> {
  const said: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  if (child.stdout === null) throw new Error('The process has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    const address = /listening on (http:\/\/[\d.]+:\d+)/.exec(line)?.[1];
    if (address !== undefined) {
      child.stdout.resume();
      return address;
    }
  }
  throw new Error(`The service did not start:\n${said.join('\n')}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
