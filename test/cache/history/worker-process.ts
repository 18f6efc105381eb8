import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Order, Report, WorkerSettings } from './protocol.js';

/** A process of `worker.ts`. It ends with its standard input, and so with us. */
export class WorkerProcess {
  private readonly said: string[] = [];
  /** Sessions of the database that it has written in. */
  readonly sessions: string[] = [];
  private readonly open = new Set<number>();
  private readonly gone = Promise.withResolvers<never>();
  private readonly waiting = new Map<Report['kind'], PromiseWithResolvers<void>>();

  private constructor(
    private readonly child: ChildProcess,
    private readonly tell: (report: Report) => void,
  ) {
    child.stderr?.on('data', (chunk: Buffer) => this.said.push(chunk.toString()));
    child.once('close', () => this.gone.reject(new Error(`The worker has ended: ${this.said.join('')}`)));
    this.gone.promise.catch(() => undefined); // Only who waits for it learns of it.
    if (child.stdout === null) throw new Error('The worker has no output');
    createInterface({ input: child.stdout }).on('line', (line) => this.hear(line));
  }

  static async start(settings: WorkerSettings, tell: (report: Report) => void): Promise<WorkerProcess> {
    const flags = ['--no-warnings', '--experimental-transform-types', '--import', IMPORTS];
    const child = spawn(process.execPath, [...flags, PROGRAM, JSON.stringify(settings)], { stdio: 'pipe' });
    const worker = new WorkerProcess(child, tell);
    await worker.next('ready');
    return worker;
  }

  /** Writes that have begun and not ended. */
  get writing(): number {
    return this.open.size;
  }

  work(): void {
    this.order('work');
  }

  /** How long its commits take from now on. */
  commit(how: 'slowly' | 'quickly'): void {
    this.order(`commit ${how}`);
  }

  /** Resolves when all operations have ended. */
  rest(): Promise<void> {
    this.order('rest');
    return this.next('resting');
  }

  /** Reads each register in several ways. */
  readAll(): Promise<void> {
    this.order('read all');
    return this.next('read all');
  }

  /** @returns how many writes nobody will ever know the result of */
  async kill(): Promise<number> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.open.size;
    const closed = once(this.child, 'close');
    this.child.kill('SIGKILL');
    await closed;
    return this.open.size;
  }

  private order(order: Order): void {
    this.child.stdin?.write(`${order}\n`);
  }

  private async next(kind: Report['kind']): Promise<void> {
    const waiting = Promise.withResolvers<void>();
    this.waiting.set(kind, waiting);
    await Promise.race([waiting.promise, this.gone.promise]);
  }

  private hear(line: string): void {
    if (!line.endsWith('}')) return; // Cut off by a SIGKILL.
    const report: Report = JSON.parse(line);
    if (report.kind === 'begun') this.open.add(report.write);
    if (report.kind === 'session') this.sessions.push(report.id);
    if (report.kind === 'written' || report.kind === 'not written') this.open.delete(report.write);
    this.waiting.get(report.kind)?.resolve();
    this.tell(report);
  }
}

const PROGRAM = fileURLToPath(new URL('./worker.ts', import.meta.url));
const IMPORTS = new URL('../../support/typescript-imports.ts', import.meta.url).href;
