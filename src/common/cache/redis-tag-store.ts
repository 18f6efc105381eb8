import { randomUUID } from 'node:crypto';
import { Cluster, type Redis, type Result } from 'ioredis';
import { AGE, FETCH, MARK, RELEASE } from './tag-scripts.js';
import type { TagStore } from './tag-store.js';

/** Longer than any entry lives; a version that is forgotten costs a miss. */
const VERSION_TTL_MS = 24 * 3_600_000;
/** So that no script holds up the server for long. */
const MOST_TAGS_OF_A_CALL = 500;
/** The key of the memory's birth; no tag has this name. */
const BORN = 'memory-born';
/** How long a mark waits for a replica to have it. */
const REPLICA_WAIT_MS = 100;

/** Tags in Redis 7 or Valkey: a server, or a cluster, where tags with the same `{...}` stand in one slot. */
export class RedisTagStore implements TagStore {
  private connections = 0;

  /**
   * @param readers for versions
   * @param writers for marks: another connection, as `WAIT` holds up all that comes after it
   */
  constructor(
    private readonly readers: Redis | Cluster,
    private readonly writers: Redis | Cluster,
  ) {
    readers.defineCommand('fetchTags', { lua: FETCH });
    writers.defineCommand('markTags', { lua: MARK });
    writers.defineCommand('memoryAge', { lua: AGE });
    writers.defineCommand('releaseTags', { lua: RELEASE });
    writers.on('connect', () => {
      this.connections += 1;
    });
  }

  async fetch(tags: readonly string[]): Promise<readonly (string | null)[]> {
    const versions = new Map<string, string | null>();
    await Promise.all(
      this.calls(tags).map(async (call) => {
        const found = await this.readers.fetchTags(call.length, ...call, randomUUID(), VERSION_TTL_MS);
        call.forEach((tag, at) => {
          versions.set(tag, found[at] || null);
        });
      }),
    );
    return tags.map((tag) => versions.get(tag) ?? null);
  }

  async mark(tags: readonly string[], writer: string, ttlMs: number): Promise<void> {
    await Promise.all(
      this.calls(tags).map(async (call) => {
        const connection = this.connections;
        const replicas = await this.writers.markTags(call.length, ...call, writer, ttlMs);
        // A master that dies with the mark would leave a crashed writer's data behind. Through a cluster's client a
        // WAIT can't be sent after its mark on the same connection.
        if (replicas === 0 || this.writers instanceof Cluster) return;
        const having = await this.writers.wait(1, REPLICA_WAIT_MS);
        // Of another connection's writes WAIT knows nothing.
        if (having < 1 || connection !== this.connections) throw new Error('no replica has the mark');
      }),
    );
  }

  async release(tags: readonly string[], writer: string): Promise<void> {
    await Promise.all(
      this.calls(tags).map((call) =>
        this.writers.releaseTags(call.length, ...call, writer, randomUUID(), VERSION_TTL_MS),
      ),
    );
  }

  /**
   * For how many ms at least the server's memory has been what it is: since its start, or, where it has had another
   * before (a replica that took over, a restart with its data), since a process first asked.
   */
  async ageMs(): Promise<number> {
    if (this.readers instanceof Cluster) return 0; // Which of its nodes would answer?
    const [server, replication] = await Promise.all([this.readers.info('server'), this.readers.info('replication')]);
    if (!/master_replid2:0+\r/.test(replication)) return this.writers.memoryAge(1, BORN);
    // In whole seconds, of which the last may not be over.
    return 1_000 * Math.max(0, Number(/uptime_in_seconds:(\d+)/.exec(server)?.[1] ?? 0) - 1);
  }

  /** Whether the server may evict marks, which don't expire, when its memory is full. */
  async mayLoseMarks(): Promise<boolean> {
    const memory = await this.writers.info('memory');
    return !/maxmemory:0\r/.test(memory) && /maxmemory_policy:allkeys/.test(memory);
  }

  private calls(tags: readonly string[]): readonly (readonly string[])[] {
    const grouped = this.readers instanceof Cluster && tags.length > 0; // Without tags it is a probe: one call.
    const groups = grouped ? Object.values(Object.groupBy(tags, slotName)) : [tags];
    return groups.flatMap((group = []) =>
      group.length <= MOST_TAGS_OF_A_CALL
        ? [group]
        : Array.from({ length: Math.ceil(group.length / MOST_TAGS_OF_A_CALL) }, (_, at) =>
            group.slice(at * MOST_TAGS_OF_A_CALL, (at + 1) * MOST_TAGS_OF_A_CALL),
          ),
    );
  }
}

/** Tags with the same name in braces are in one slot (Redis Cluster specification, hash tags). */
const slotName = (tag: string): string => /\{(.+?)\}/.exec(tag)?.[1] ?? tag;

declare module 'ioredis' {
  interface RedisCommander<Context> {
    fetchTags(keys: number, ...keysAndArguments: (string | number)[]): Result<string[], Context>;
    markTags(keys: number, ...keysAndArguments: (string | number)[]): Result<number, Context>;
    memoryAge(keys: 1, born: string): Result<number, Context>;
    releaseTags(keys: number, ...keysAndArguments: (string | number)[]): Result<null, Context>;
  }
}
