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

/** Builds the service into a folder of its own and starts that many processes of it. */
export async function startProcesses(
  count: number,
  variables: Readonly<Record<string, string>> = {},
): Promise<ServiceProcesses> {
  const compiled = new CompiledService();
  const children: ChildProcess[] = [];
  const stop = async () => {
    await Promise.all(children.map(end));
    compiled.remove();
  };
  try {
    const environment = testEnvironment(variables);
    const urls: string[] = [];
    // One after the other: the first makes the indexes.
    for (let number = 0; number < count; number += 1) {
      const child = compiled.spawn(environment);
      children.push(child);
      urls.push(await addressOf(child));
    }
    return { urls, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The service as it is built for production, in a folder of its own. */
export class CompiledService {
  private readonly folder = new TemporaryFolder();
  private readonly entry = build(this.folder);

  /** Starts a process of it, which ends with us. @param flags of Node, before those that the test needs */
  spawn(environment: NodeJS.ProcessEnv, flags: readonly string[] = []): ChildProcess {
    return spawn(process.execPath, [...flags, '--import', END_WITH_US, this.entry], {
      env: environment,
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    });
  }

  remove(): void {
    this.folder.remove();
  }
}

/** The variables of a process over the run's servers, with a database of its own. */
export function testEnvironment(variables: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return {
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
    // On a busy machine any query may be slow, and be told of.
    SLOW_QUERY_MS: '600000',
    NO_COLOR: '1',
    ...variables,
  };
}

/**
 * A process that outlives its test would go on for ever: it ends with the pipe to us. And it tells of its memory when it
 * is asked, after a collection of its garbage where it may collect; that doesn't keep it alive.
 */
const END_WITH_US = `data:text/javascript,${encodeURIComponent(`
process.stdin.resume().on('end', () => process.exit(1));
process.on('message', () => { globalThis.gc?.(); process.send(process.memoryUsage()); });
process.channel.unref();
`)}`;

/** The build finds its packages, and its package.json, where a clone has them. */
function build(folder: TemporaryFolder): string {
  const out = join(folder.path, 'dist');
  mkdirSync(out);
  symlinkSync(resolve('node_modules'), join(folder.path, 'node_modules'));
  writeFileSync(join(folder.path, 'package.json'), JSON.stringify({ type: 'module', version: '0.0.0' }));
  const swc = resolve('node_modules/@swc/cli/bin/swc.js');
  const only = ['--strip-leading-paths', '--copy-files', '--ignore', '**/*.spec.ts,**/*.md,**/*.d.ts', '--quiet'];
  execFileSync(process.execPath, [swc, 'src', '--out-dir', out, ...only], { stdio: 'pipe' });
  return join(out, 'main.js');
}

/** The address at which the process listens. @throws with all that it said, when it ends before */
export async function addressOf(child: ChildProcess): Promise<string> {
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
