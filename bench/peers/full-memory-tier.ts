import { randomUUID } from 'node:crypto';
import type { MemoryTier } from '../../src/common/cache/memory-tier.ts';

/**
 * Puts a million entries into the cache's memory tier, bounded to MOST_BYTES, and prints as JSON what it counts,
 * what it holds, and what the process took at half time and at the end. Needs --expose-gc.
 */
const cache = '../../dist/common/cache';
const tiers = await import(`${cache}/memory-tier.js`);
const { Payload } = await import(`${cache}/payload.js`);
const { ResourceStatistics } = await import(`${cache}/statistics.js`);
const { recordTag, listTag } = await import(`${cache}/tags.js`);

const KEYS = 1_000_000;

const tier: MemoryTier = new tiers.MemoryTier(Number(process.env['MOST_BYTES']));
const statistics = new ResourceStatistics();
const before = await held();
const resident: number[] = [];
for (let number = 1; number <= KEYS; number += 1) {
  const id = number.toString(16).padStart(24, '0');
  tier.set(`clinics/${id}`, entry(id));
  // A service's event loop turns, and only then is the memory of buffers given back.
  if (number % 1000 === 0) await turn();
  if (number % (KEYS / 2) === 0) resident.push(process.memoryUsage.rss());
}
console.log(JSON.stringify({ entries: tier.size, counted: tier.bytes, held: (await held()) - before, resident }));

/** Like a clinic's: text of its own, and versions that came from Redis, with its replication id, for this entry alone. */
function entry(id: string) {
  const memory = received('8a6e0804'.repeat(5));
  const stamp = [1, 2].map(() => `${memory}:${received(randomUUID())}`);
  const text = JSON.stringify({ id, name: 'Port Lions Dental', notes: id.repeat(25) });
  const tags = [recordTag('clinics', id), listTag('clinics', id)];
  return new tiers.Entry(statistics, tags, stamp, Payload.ofText(text), performance.now() + 300_000);
}

function received(text: string): string {
  return Buffer.from(text).toString();
}

/** Bytes that are reachable; those of buffers are given back by the second collection. */
async function held(): Promise<number> {
  globalThis.gc?.();
  await turn();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
