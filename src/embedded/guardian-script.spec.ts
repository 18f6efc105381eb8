import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { guardianScript } from './guardian-script.js';
import { isAlive } from './process-identity.js';

const shells = ['sh', 'bash', 'busybox'].filter((name) => existsSync(`/bin/${name}`));

describe.each(shells)('the guardian under %s', (shell) => {
  it('tells the exit code of a command that ends by itself, and removes the folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'guardian-spec-'));
    const { guardian } = await guard(shell, '', folder, 'exit 7');
    expect(await exitCode(guardian)).toBe(7);
    expect(existsSync(folder)).toBe(false);
  });

  it('ends the command when its pipe ends', async () => {
    const { guardian, pid } = await guard(shell, '5', '', 'exec sleep 60');
    guardian.stdin?.destroy();
    expect(await exitCode(guardian)).toBe(128 + 15);
    expect(isAlive(pid)).toBe(false);
  });

  it('kills a command that does not listen to TERM', async () => {
    const { guardian, pid } = await guard(shell, '1', '', 'trap "" TERM; echo deaf >&2; while :; do sleep 1; done');
    await once(guardian.stderr ?? guardian, 'data');
    guardian.stdin?.destroy();
    expect(await exitCode(guardian)).toBe(128 + 9);
    expect(isAlive(pid)).toBe(false);
  });

  it('kills a command that was stopped', async () => {
    const { guardian, pid } = await guard(shell, '1', '', 'exec sleep 60');
    process.kill(pid, 'SIGSTOP');
    await until(() => state(pid).startsWith('T')); // a TERM that came before would be served first
    guardian.stdin?.destroy();
    expect(await exitCode(guardian)).toBe(128 + 9);
  });

  it('sweeps what the command had started', async () => {
    const { guardian } = await guard(shell, '5', '', 'sleep 60 & echo $! >&2; wait');
    const [grandchild] = await once(guardian.stderr ?? guardian, 'data');
    guardian.stdin?.destroy();
    await exitCode(guardian);
    await until(() => !isAlive(Number(String(grandchild))));
  });

  it('tells of a command that does not exist', async () => {
    const args = ['-c', guardianScript, 'guardian', '5', '', '/nowhere/server'];
    const guardian = spawn(`/bin/${shell}`, shell === 'busybox' ? ['sh', ...args] : args, { detached: true });
    const [message, code] = await Promise.all([text(guardian.stderr), exitCode(guardian)]);
    expect(message).toContain('/nowhere/server');
    expect(code).toBe(127);
  });
});

async function guard(shell: string, grace: string, remove: string, command: string) {
  const script = ['-c', guardianScript, 'guardian', grace, remove, '/bin/sh', '-c', command];
  const args = shell === 'busybox' ? ['sh', ...script] : script;
  const guardian = spawn(`/bin/${shell}`, args, { detached: true });
  const [pid] = await once(guardian.stdout, 'data');
  return { guardian, pid: Number(String(pid)) };
}

async function exitCode(guardian: ChildProcess): Promise<number | null> {
  if (guardian.exitCode === null) await once(guardian, 'exit');
  return guardian.exitCode;
}

/** A process that isn't our child sends us no event; the test's own time limit ends a vain wait. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

function state(pid: number): string {
  return execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
}
