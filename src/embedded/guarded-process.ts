import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { guardianScript } from './guardian-script.js';
import { isAlive } from './process-identity.js';

export interface GuardedCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Receives what the command prints; begun anew at each start. */
  readonly logFile: string;
  /** Removed once the command has ended, even if we ended before. */
  readonly removeAfterwards?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** Seconds between TERM and KILL for a process that doesn't end when asked. */
const graceSeconds = 8;

/** A child that can't outlive us: see `guardianScript`. It is the leader's child of a process group of its own, so
 * Ctrl-C in the terminal reaches us alone and the service can stop before its database does. */
export class GuardedProcess {
  /** Resolves with the exit code (128 + signal for a signal) once the command has ended and been reaped. */
  readonly ended: Promise<number>;
  readonly pid: number;
  readonly #guardian: ChildProcess;
  readonly #log: LogTail;
  #hasEnded = false;

  private constructor(guardian: ChildProcess, ended: Promise<number>, pid: number, log: LogTail) {
    this.#guardian = guardian;
    this.#log = log;
    this.pid = pid;
    this.ended = ended.then((code) => {
      this.#hasEnded = true;
      log.close();
      return code;
    });
  }

  static async start(command: GuardedCommand): Promise<GuardedProcess> {
    const log = new LogTail(command.logFile);
    const guardianArgs = [String(graceSeconds), command.removeAfterwards ?? '', command.command, ...command.args];
    const guardian = spawn('/bin/sh', ['-c', guardianScript, 'guardian', ...guardianArgs], {
      detached: true,
      stdio: ['pipe', 'pipe', log.fd],
      ...(command.env && { env: command.env }),
      ...(command.cwd && { cwd: command.cwd }),
    });
    const ended = new Promise<number>((resolve, reject) => {
      guardian.once('error', reject);
      guardian.once('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 137)));
    });
    ended.catch(() => undefined); // an error of the spawning itself is thrown below
    try {
      const pid = await firstLine(guardian, guardian.stdout);
      return new GuardedProcess(guardian, ended, Number(pid), log);
    } catch (error) {
      log.close();
      throw error;
    }
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The end of what the command has printed. */
  output(): string {
    return this.#log.read();
  }

  /** From now on the child doesn't keep our event loop alive: a program that is done ends, and its servers with it. */
  unref(): void {
    this.#guardian.unref();
  }

  /** TERM, then KILL if it lingers; resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#guardian.ref();
    this.#guardian.stdin?.destroy();
    await this.ended;
    // Only if somebody killed the guardian itself; its watcher then still ends the command.
    while (isAlive(this.pid)) await delay(50);
  }
}

/** Keeps the log open, so that its last lines can be told even after the folder around it has been removed. */
class LogTail {
  readonly fd: number;
  #kept: string | undefined;

  constructor(file: string) {
    this.fd = openSync(file, 'w+', 0o600);
  }

  read(): string {
    if (this.#kept !== undefined) return this.#kept;
    const size = fstatSync(this.fd).size;
    const buffer = Buffer.alloc(Math.min(size, 16_384));
    const length = readSync(this.fd, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8', 0, length).trim();
  }

  close(): void {
    if (this.#kept !== undefined) return;
    this.#kept = this.read();
    closeSync(this.fd);
  }
}

function firstLine(guardian: ChildProcess, stdout: Readable | null): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    guardian.once('error', reject);
    guardian.once('close', () => reject(new Error('the guardian shell ended before it started its command')));
    stdout?.setEncoding('utf8');
    stdout?.on('data', (chunk: string) => {
      text += chunk;
      if (!text.includes('\n')) return;
      stdout.destroy();
      resolve(text.trim());
    });
  });
}
