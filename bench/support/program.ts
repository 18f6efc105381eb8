import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endsWithUs } from './interruption.js';

/** A program under load, in a process of its own. */
export interface Program {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A program that Node's inspector looks into. */
export interface InspectedProgram extends Program {
  /** Where the inspector listens, on this machine only: ws://... */
  readonly inspector: string;
}

/** Starts `node <script>` with a free port in PORT, and waits until it answers HTTP. The script is one of this tree, or of the folder's. */
export async function startProgram(
  name: string,
  script: string,
  environment: Readonly<Record<string, string>>,
  folder = '.',
): Promise<Program> {
  const port = await freePort();
  return answering(name, port, spawnProgram(script, port, environment, [], 'inherit', folder));
}

/** The same, with Node's inspector open, and with more flags of Node. */
export async function startInspected(
  name: string,
  script: string,
  environment: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Promise<InspectedProgram> {
  const port = await freePort();
  const child = spawnProgram(script, port, environment, ['--inspect=127.0.0.1:0', ...flags], 'pipe');
  const [inspector, program] = await Promise.all([inspectorOf(child), answering(name, port, child)]);
  return { ...program, inspector };
}

function spawnProgram(
  script: string,
  port: number,
  environment: Readonly<Record<string, string>>,
  flags: readonly string[],
  errors: 'inherit' | 'pipe',
  folder = '.',
): ChildProcess {
  return spawn(process.execPath, [...(script === SERVICE ? productionFlags(folder) : []), ...flags, script], {
    cwd: folder,
    env: { ...process.env, ...environment, HOST: '127.0.0.1', PORT: String(port) },
    stdio: ['ignore', 'ignore', errors],
  });
}

/** The child as a program, when it answers. */
async function answering(name: string, port: number, child: ChildProcess): Promise<Program> {
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} can't be started`);
  const url = `http://127.0.0.1:${port}`;
  endsWithUs(child);
  const exited = once(child, 'exit');
  await Promise.race([
    answers(url),
    exited.then(([code]) => Promise.reject(new Error(`${name} ended with ${code} as it started`))),
  ]);
  return {
    name,
    url,
    pid,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

const SERVICE = 'dist/main.js';

/** What production starts the service with. */
function productionFlags(folder: string): readonly string[] {
  const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  return (scripts['start:prod'] ?? '').split(' ').filter((part) => part.startsWith('--'));
}

/** What the inspector says goes no further; all else does. */
async function inspectorOf({ stderr }: ChildProcess): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  if (stderr === null) throw new Error('The errors of the program go elsewhere');
  createInterface({ input: stderr }).on('line', (line) => {
    const address = /^Debugger listening on (ws:\S+)/.exec(line)?.[1];
    if (address !== undefined) resolve(address);
    else if (!OF_THE_INSPECTOR.test(line)) console.error(line);
  });
  return promise;
}

const OF_THE_INSPECTOR =
  /^(For help, see: https:\/\/nodejs\.org|Debugger attached|Debugger ending|Waiting for the debugger)/;

async function answers(url: string): Promise<void> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
    const answered = await fetch(url).then(
      (response) => response.arrayBuffer().then(() => true),
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} doesn't answer`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
