import { Worker } from 'node:worker_threads';
import type { ServiceProcess } from './service-process.js';

/** Asks /livez on time, whether the last question has been answered or not, and looks at the memory of the process. */
export class Watch {
  peakRssBytes = 0;
  readonly failures: string[] = [];
  private readonly tookMs: number[] = [];
  private readonly timer = setInterval(() => this.look(), LOOK_EVERY_MS);

  private constructor(
    private readonly service: ServiceProcess,
    private readonly asker: Worker,
  ) {
    asker.on('message', ({ ms, failure }: { ms: number; failure?: string }) => {
      this.tookMs.push(ms);
      if (failure !== undefined) this.failures.push(failure);
    });
  }

  static async begin(service: ServiceProcess): Promise<Watch> {
    const asker = new Worker(ASK, { eval: true, workerData: { url: `${service.url}/livez`, LOOK_EVERY_MS } });
    const watch = new Watch(service, asker);
    await new Promise((resolve) => asker.once('message', resolve));
    return watch;
  }

  get answers(): number {
    return this.tookMs.length;
  }

  get slowestMs(): number {
    return Math.max(...this.tookMs);
  }

  /** How many answers took longer. */
  late(ms: number): number {
    return this.tookMs.filter((took) => took > ms).length;
  }

  /** Resolves when the last question is answered. */
  async end(): Promise<void> {
    clearInterval(this.timer);
    this.look();
    const ended = new Promise((resolve) => this.asker.once('exit', resolve));
    this.asker.postMessage('end');
    await ended;
  }

  private look(): void {
    this.peakRssBytes = Math.max(this.peakRssBytes, this.service.rssBytes());
  }
}

const LOOK_EVERY_MS = 100;

/** A thread of its own: what the test is busy with doesn't count. Each question has its own connection, as an orchestrator's. */
const ASK = `
const { get } = require('node:http');
const { parentPort, workerData } = require('node:worker_threads');
const ask = () => {
  const begun = performance.now();
  const tell = (failure) => parentPort.postMessage({ ms: performance.now() - begun, failure });
  const asked = get(workerData.url, { agent: false, timeout: 5000 }, (answer) => {
    answer.resume().once('end', () => tell(answer.statusCode === 200 ? undefined : 'answered ' + answer.statusCode));
  });
  asked.once('error', (error) => tell(error.message)).once('timeout', () => asked.destroy(new Error('no answer in 5 s')));
};
const timer = setInterval(ask, workerData.LOOK_EVERY_MS);
parentPort.once('message', () => clearInterval(timer));
ask();
`;
