import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from '../../support/api-client.js';
import { type CompiledService, testEnvironment } from '../../support/processes.js';
import { PLATFORM_KEY } from '../../support/service.js';
import { untilAnswer } from '../../support/until.js';

/** How a process has ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A real process of the service, to be starved, frozen and killed. */
export class ServiceProcess {
  /** All that it has printed, line by line. */
  readonly lines: string[] = [];
  readonly ended: Promise<ProcessEnd>;
  private readonly heard = new Set<(line: string) => void>();

  private constructor(
    private readonly child: ChildProcess,
    readonly database: string,
  ) {
    this.ended = once(child, 'close').then(([code, signal]) => ({ code, signal }));
    for (const output of [child.stdout, child.stderr]) {
      if (output !== null) createInterface({ input: output }).on('line', (line) => this.hear(line));
    }
  }

  /** Starts one and waits until it listens; its dependencies may be away. Variables override those of the run. */
  static async start(
    compiled: CompiledService,
    variables: Readonly<Record<string, string>> = {},
  ): Promise<ServiceProcess> {
    // Tests that ask without end are no tenant's fair use.
    const environment = testEnvironment({ RATE_LIMIT_TENANT_PER_MINUTE: '0', ...variables });
    const child = compiled.spawn(environment, ['--expose-gc']);
    const service = new ServiceProcess(child, environment['MONGODB_DATABASE'] ?? '');
    const listens = service.untilLine(LISTENS);
    const result = await Promise.race([listens, service.ended]);
    if (typeof result !== 'string') throw new Error(`The service did not start:\n${service.lines.join('\n')}`);
    return service;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** http://127.0.0.1:port */
  get url(): string {
    for (const line of this.lines) {
      const address = LISTENS.exec(line)?.[1];
      if (address !== undefined) return address;
    }
    throw new Error('The service does not listen');
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Calls it as the platform admin. */
  get api(): ApiClient {
    return new ApiClient(`${this.url}/api/v1`, PLATFORM_KEY);
  }

  /** What it holds of the machine's memory. Linux only, as {@link descriptors}. */
  rssBytes(): number {
    return 1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1]);
  }

  /** Open files and sockets. */
  descriptors(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** Resolves when it has as many open as wanted. */
  async untilDescriptors(wanted: (open: number) => boolean): Promise<void> {
    const look = () => sleep(20).then(() => this.descriptors());
    await untilAnswer(look, wanted);
  }

  /** What its objects take after a collection of the garbage, as it says itself: not for a process that stands still. */
  async heapBytes(): Promise<number> {
    const told = once(this.child, 'message');
    this.child.send('memory');
    const [{ heapUsed, external }] = await told;
    return heapUsed + external;
  }

  /** Resolves with the next line like this, or the first that there was. */
  async untilLine(pattern: RegExp): Promise<string> {
    const said = this.lines.find((line) => pattern.test(line));
    if (said !== undefined) return said;
    const { promise, resolve } = Promise.withResolvers<string>();
    const listener = (line: string) => {
      if (pattern.test(line)) resolve(line);
    };
    this.heard.add(listener);
    return promise.finally(() => this.heard.delete(listener));
  }

  /** Resolves when it says that it is ready; tells how many ms that took. */
  async untilReady(): Promise<number> {
    const ask = () =>
      fetch(`${this.url}/readyz`).then(
        ({ status }) => status,
        () => 0,
      );
    return (await untilAnswer(ask, (status) => status === 200)).tookMs;
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  freeze(): void {
    this.signal('SIGSTOP');
  }

  thaw(): void {
    this.signal('SIGCONT');
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** Asks it to stop, also when it stands still; tells how it ended. */
  async stop(): Promise<ProcessEnd> {
    this.child.kill('SIGTERM');
    this.child.kill('SIGCONT');
    return this.ended;
  }

  private hear(line: string): void {
    this.lines.push(line);
    for (const listener of this.heard) listener(line);
  }
}

const LISTENS = /listening on (http:\/\/[\d.]+:\d+)/;
