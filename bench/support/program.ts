import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** A program under load, in a process of its own. */
export interface Program {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts `node <script>` with a free port in PORT, and waits until it answers HTTP. */
export async function startProgram(
  name: string,
  script: string,
  environment: Readonly<Record<string, string>>,
): Promise<Program> {
  const port = await freePort();
  const child = spawn(process.execPath, [...(script === SERVICE ? productionFlags() : []), script], {
    env: { ...process.env, ...environment, HOST: '127.0.0.1', PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} can't be started`);
  const url = `http://127.0.0.1:${port}`;
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
function productionFlags(): readonly string[] {
  const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  );
  return (scripts['start:prod'] ?? '').split(' ').filter((part) => part.startsWith('--'));
}

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
