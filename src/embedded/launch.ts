import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from './errors.js';
import { GuardedProcess } from './guarded-process.js';
import { lastLines } from './run-installer.js';

/** Where a server keeps what it writes, and who is told of its process. */
export interface Place {
  /** Without it the server's folder is temporary, and removed when the server ends. */
  readonly dataDir?: string;
  readonly log: (line: string) => void;
  /** Told at once of each process, so that whoever comes after a crash can find what is left of us. */
  readonly onSpawn: (pid: number) => void;
}

export interface Launch {
  readonly command: string;
  /** Names the folder: the data of one engine are never shown to another. */
  readonly engine: string;
  readonly args: (dataFolder: string) => readonly string[];
  /** Asked again and again until it gives the server's address. An exception means: not yet. */
  readonly address: (child: GuardedProcess) => Promise<string | undefined>;
}

export interface LaunchedServer {
  readonly uri: string;
  readonly pid: number;
  readonly unref: () => void;
  readonly stop: () => Promise<void>;
}

const patienceMs = 60_000;

/** Starts a server and waits until it answers. One that dies meanwhile is an error that shows its last words. */
export async function launch(place: Place, { command, engine, args, address }: Launch): Promise<LaunchedServer> {
  const folder = place.dataDir
    ? join(place.dataDir, engine)
    : mkdtempSync(join(tmpdir(), `enterprise-service-${engine}-`));
  const dataFolder = join(folder, 'data');
  mkdirSync(dataFolder, { recursive: true });
  const child = await GuardedProcess.start({
    command,
    args: args(dataFolder),
    logFile: join(folder, 'server.log'),
    cwd: folder,
    ...(place.dataDir === undefined && { removeAfterwards: folder }),
  });
  place.onSpawn(child.pid);
  try {
    const uri = await untilReady(child, command, address);
    return { uri, pid: child.pid, unref: () => child.unref(), stop: () => child.stop() };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

/** Tries again with another port when somebody took the one that was free a moment ago. */
export async function withFreshPorts(start: () => Promise<LaunchedServer>, tries = 3): Promise<LaunchedServer> {
  try {
    return await start();
  } catch (error) {
    const taken = /address already in use|SocketException/i.test(messageOf(error));
    if (!taken || tries === 1) throw error;
    return withFreshPorts(start, tries - 1);
  }
}

async function untilReady(child: GuardedProcess, command: string, address: Launch['address']): Promise<string> {
  const deadline = performance.now() + patienceMs;
  let lastError: unknown;
  while (performance.now() < deadline) {
    const uri = await address(child).catch((error: unknown) => {
      lastError = error;
      return undefined;
    });
    if (child.hasEnded) {
      const code = await child.ended;
      throw new Error(`${command} ended with code ${code} as it started; its last lines:\n${words(child)}`);
    }
    if (uri !== undefined) return uri;
    await delay(25);
  }
  const reason = lastError === undefined ? '' : ` (${messageOf(lastError)})`;
  throw new Error(`${command} does not answer after ${patienceMs / 1000} s${reason}; its last lines:\n${words(child)}`);
}

function words(child: GuardedProcess): string {
  return lastLines(child.output(), 20) || '(it printed nothing)';
}
