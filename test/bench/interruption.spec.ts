import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, expect, it } from '@jest/globals';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { smallServer } from './small-server.js';

const folder = new TemporaryFolder();
afterAll(() => folder.remove());

it.each(['SIGINT', 'SIGTERM'] as const)(
  'a command of the benchmarks that gets %s leaves no program running, and removes what it made',
  async (signal) => {
    const child = spawn(process.execPath, ['--import', './test/support/typescript-imports.ts', command()], {
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    const exited = once(child, 'exit');
    const programs: number[] = [];
    for await (const line of createInterface({ input: child.stderr })) {
      if (programs.push(Number(line)) === 2) break;
    }
    expect(programs.map(runs)).toEqual([true, true]);
    child.kill(signal);
    expect(await exited).toEqual([7, null]);
    expect(programs.map(runs)).toEqual([false, false]);
  },
);

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Runs a program, and a load that doesn't end by itself; both tell their ids. 7: it was interrupted, and has cleaned up. */
const command = (): string =>
  folder.file(
    'command.ts',
    `import { interrupted, stopOnSignals } from '${process.cwd()}/bench/support/interruption.ts';
import { startProgram } from '${process.cwd()}/bench/support/program.ts';
import { runJson } from '${process.cwd()}/bench/support/run-json.ts';
stopOnSignals(() => undefined);
const program = await startProgram('an empty answer', '${server()}', {});
try {
  await runJson('${server()}', {});
} catch {
  process.exitCode = interrupted.aborted ? 7 : 1;
} finally {
  await program.stop();
}`,
  );

const server = (): string =>
  smallServer(folder, "(_, response) => response.end('{}')", '() => console.error(process.pid)');
