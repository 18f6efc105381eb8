import { once } from 'node:events';
import type { HeapProfiler, Profiler } from 'node:inspector';

/** Looks into a program that was started with Node's inspector open, so that the program needs no routes for it. */
export interface Inspector {
  /** Collects all garbage, as often as the heap still shrinks by it. @returns what is left, in bytes */
  settledMemory(): Promise<Memory>;
  /** Where the program spends its time during the work. */
  cpuProfile(work: () => Promise<unknown>): Promise<Profiler.Profile>;
  /** What the program allocates during the work: all of it, or only what it still holds at the end. */
  heapProfile(work: () => Promise<unknown>, what: 'allocated' | 'held'): Promise<HeapProfiler.SamplingHeapProfile>;
  close(): void;
}

/** In bytes. */
export interface Memory {
  /** V8's heap, and the buffers outside that it holds. */
  readonly heap: number;
  readonly resident: number;
}

/** @param address as InspectedProgram has it */
export async function inspect(address: string): Promise<Inspector> {
  const call = await connected(address);
  const memory = async (): Promise<Memory> => {
    await call('HeapProfiler.collectGarbage');
    const { result } = await call<{ readonly result: { readonly value: NodeJS.MemoryUsage } }>('Runtime.evaluate', {
      expression: 'process.memoryUsage()',
      returnByValue: true,
    });
    const { heapUsed, external, rss } = result.value;
    return { heap: heapUsed + external, resident: rss };
  };
  return {
    async settledMemory() {
      // What has a finalizer, such as a buffer, is given up by one collection and given back by a later one.
      let least = await memory();
      for (let tries = 0; tries < MOST_COLLECTIONS; tries += 1) {
        const next = await memory();
        if (next.heap > least.heap - STEADY_BYTES) return next;
        least = next;
      }
      return least;
    },
    async cpuProfile(work) {
      await call('Profiler.enable');
      await call('Profiler.start');
      await work();
      return (await call<Profiler.StopReturnType>('Profiler.stop')).profile;
    },
    async heapProfile(work, what) {
      await call('HeapProfiler.startSampling', {
        samplingInterval: SAMPLED_BYTES,
        includeObjectsCollectedByMajorGC: what === 'allocated',
        includeObjectsCollectedByMinorGC: what === 'allocated',
      });
      await work();
      return (await call<HeapProfiler.StopSamplingReturnType>('HeapProfiler.stopSampling')).profile;
    },
    close: call.close,
  };
}

const MOST_COLLECTIONS = 20;
/** What a program that does nothing gains and loses between two collections. */
const STEADY_BYTES = 10_000;
/** One allocation in so many bytes is sampled. */
const SAMPLED_BYTES = 16_384;

interface Call {
  /** Sends a command. @throws with what the inspector says against it, or when it goes away */
  <Result>(method: string, params?: Readonly<Record<string, unknown>>): Promise<Result>;
  close(): void;
}

async function connected(address: string): Promise<Call> {
  const socket = new WebSocket(address);
  const waiting = new Map<number, PromiseWithResolvers<string>>();
  socket.addEventListener('message', ({ data }) => {
    const text = String(data);
    const { id }: { readonly id?: number } = JSON.parse(text);
    if (id !== undefined) waiting.get(id)?.resolve(text);
  });
  socket.addEventListener('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('The program has closed its inspector'));
  });
  const failed = once(socket, 'error').then(() => Promise.reject(new Error(`No inspector answers at ${address}`)));
  await Promise.race([once(socket, 'open'), failed]);
  let last = 0;
  const send = async <Result>(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<Result> => {
    last += 1;
    const id = last;
    const answer = Promise.withResolvers<string>();
    waiting.set(id, answer);
    socket.send(JSON.stringify({ id, method, params }));
    const { result, error }: Answer<Result> = JSON.parse(await answer.promise);
    waiting.delete(id);
    if (error) throw new Error(`The inspector says to ${method}: ${error.message}`);
    return result;
  };
  return Object.assign(send, { close: () => socket.close() });
}

interface Answer<Result> {
  readonly result: Result;
  readonly error?: { readonly message: string };
}
