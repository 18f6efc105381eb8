import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientSession, MongoClient } from 'mongodb';
import type { FenceDocument } from '../../../src/common/cache/mongo-fence-log.js';
import { brokenCache, realCache, type Surroundings } from './assembly.js';
import { nowMicros, type Order, type Report, type Way, type WorkerSettings } from './protocol.js';
import { oneOf, type RegisterDocument, Registers, some } from './registers.js';

/** A process that reads and writes registers through the service's cache, and reports each operation. */
class Worker {
  private working = false;
  private writes = 0;
  private readonly sessions = new Set<string>();
  private loops: readonly Promise<void>[] = [];

  constructor(
    private readonly registers: Registers,
    private readonly settings: WorkerSettings,
  ) {}

  async obey(order: Order): Promise<void> {
    if (order === 'work') this.work();
    else if (order === 'rest') await this.rest();
    else if (order === 'read all') await this.readAll();
    else this.registers.slow = order === 'commit slowly';
  }

  private work(): void {
    const { readers, writers, readersRestMs, writersRestMs } = this.settings.workload;
    this.working = true;
    this.loops = [
      ...Array.from({ length: readers }, () => this.loop(readersRestMs, () => this.read(oneOf(WAYS)))),
      ...Array.from({ length: writers }, () => this.loop(writersRestMs, () => this.write())),
    ];
  }

  private async rest(): Promise<void> {
    this.working = false;
    await Promise.all(this.loops);
    report({ kind: 'resting' });
  }

  private async readAll(): Promise<void> {
    for (const key of this.registers.keys) for (const way of ONE_BY_ONE) await this.read(way, key);
    report({ kind: 'read all' });
  }

  private async loop(mostRestMs: number, once: () => Promise<void>): Promise<void> {
    while (this.working) {
      await once();
      await sleep(Math.random() * mostRestMs);
    }
  }

  private async read(way: Way, key = oneOf(this.registers.keys)): Promise<void> {
    const invokedAt = nowMicros();
    try {
      const values = await this.registers.read(way, key);
      report({ kind: 'read', way, values, invokedAt, respondedAt: nowMicros() });
    } catch (error) {
      report({ kind: 'failed', way, reason: String(error) });
    }
  }

  private async write(): Promise<void> {
    this.writes += 1;
    const write = this.writes;
    const keys = some(this.registers.keys, Math.random() < 0.2 ? 2 : 1);
    const invokedAt = nowMicros();
    report({ kind: 'begun', write });
    try {
      const { values, fenced } = await this.registers.write(keys, (session) => this.tellSession(session));
      report({ kind: 'written', write, fenced, values, invokedAt, respondedAt: nowMicros() });
    } catch (error) {
      report({ kind: 'not written', write, reason: String(error) });
    }
  }

  private tellSession({ id }: ClientSession): void {
    const hex = Buffer.from(id?.id.buffer ?? []).toString('hex');
    if (this.sessions.has(hex)) return;
    this.sessions.add(hex);
    report({ kind: 'session', id: hex });
  }
}

const WAYS: readonly Way[] = ['one', 'list', 'many', 'looked up', 'page'];
const ONE_BY_ONE: readonly Way[] = ['one', 'list', 'page'];

/** At once: a SIGKILL loses nothing that has ended. */
function report(what: Report): void {
  writeSync(1, `${JSON.stringify(what)}\n`);
}

const settings: WorkerSettings = JSON.parse(process.argv[2] ?? '{}');
const { mongodbUri, database, redisPort, workload, variant } = settings;
const client = await new MongoClient(mongodbUri).connect();
const db = client.db(database);
const surroundings: Surroundings = {
  redisPort,
  namespace: database,
  fences: db.collection<FenceDocument>('cache_fences'),
  memoryBytes: workload.memoryBytes,
};
const cache = variant === undefined ? realCache(surroundings) : brokenCache(surroundings, variant);
await cache.start();
const worker = new Worker(
  new Registers(client, db.collection<RegisterDocument>('registers'), cache, workload),
  settings,
);
report({ kind: 'ready' });

const ORDERS: readonly string[] = ['work', 'rest', 'read all', 'commit slowly', 'commit quickly'] satisfies Order[];
const isOrder = (line: string): line is Order => ORDERS.includes(line);
for await (const line of createInterface({ input: process.stdin })) if (isOrder(line)) void worker.obey(line);
// Whoever gave the orders is gone.
process.exit(0);
