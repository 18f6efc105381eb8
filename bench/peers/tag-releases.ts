import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { TagStore } from '../../src/common/cache/tag-store.js';

/**
 * Releases one tag, and those of a cascade, as writes do, and prints how many ms each took: `{ one, cascade }`. A
 * program of its own, as it is built code that is measured.
 */
const { RedisTagStore } = await import(new URL('../../dist/common/cache/redis-tag-store.js', import.meta.url).href);
const url = String(process.env['REDIS_URL']);
const connections = [0, 1].map(() => new Redis(url, { keyPrefix: `bench-${randomUUID()}:` }));
const store: TagStore = new RedisTagStore(...connections);

const tagsOf = (count: number) => Array.from({ length: count }, () => `{${randomUUID()}}:assignments`);
const one = await released(tagsOf(1), 2_000);
const cascade = await released(tagsOf(Number(process.env['CASCADE'])), 300);
for (const connection of connections) connection.disconnect();
console.log(JSON.stringify({ one, cascade }));

async function released(tags: readonly string[], times: number): Promise<readonly number[]> {
  const took: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const writer = randomUUID();
    await store.mark(tags, writer, 90_000);
    const begun = performance.now();
    await store.release(tags, writer);
    took.push(performance.now() - begun);
  }
  return took;
}
