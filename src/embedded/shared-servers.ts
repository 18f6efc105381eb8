import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { Claim, readClaim } from './claim.js';
import { identify, isRunning, processIdentitySchema } from './process-identity.js';
import { plansLikeMongod } from './query-plans.js';
import { redisInfo } from './redis.js';

const serverSchema = z.object({ uri: z.string(), pid: z.int().positive().optional() });
const stateSchema = z.object({
  children: z.array(processIdentitySchema).default([]),
  servers: z.object({ mongodb: serverSchema, redis: serverSchema }).optional(),
});
export type SharedServers = NonNullable<z.infer<typeof stateSchema>['servers']>;

const patienceMs = 5_000;

/**
 * `<dataDir>/servers.json`: one process owns the servers over a data folder and tells the others where they are.
 * Gives the running servers of a living owner, or makes this process the owner. Waits while another one is starting or stopping.
 */
export async function joinOrOwn(dataDir: string, log: (line: string) => void): Promise<SharedServers | ServersFile> {
  const file = join(dataDir, 'servers.json');
  let silentSince: number | undefined;
  let told = false;
  for (;;) {
    const claim = Claim.take(file);
    if (claim) return takeOver(claim);
    const held = readClaim(file);
    const servers = stateSchema.safeParse(held).data?.servers;
    if (servers) {
      if (await answer(servers)) return servers;
      silentSince ??= performance.now();
      if (performance.now() - silentSince > patienceMs) {
        throw new Error(`process ${held?.owner.pid} holds ${dataDir}, but its servers do not answer; stop it first`);
      }
    } else if (held && !told) {
      log(`Process ${held.owner.pid} is starting or stopping the servers of ${dataDir}; waiting for it`);
      told = true;
    }
    await delay(100);
  }
}

/** The owner's side of servers.json. */
export class ServersFile {
  readonly #claim: Claim;
  readonly #children: unknown[] = [];

  constructor(claim: Claim) {
    this.#claim = claim;
  }

  /** Written down at once: whoever comes after our sudden end waits for these processes to be gone. */
  addChild(pid: number): void {
    this.#children.push(identify(pid));
    this.withdraw();
  }

  publish(servers: SharedServers): void {
    this.#claim.publish({ children: this.#children, servers });
  }

  /** Nobody new may use the servers, and nobody may start others yet. */
  withdraw(): void {
    this.#claim.publish({ children: this.#children });
  }

  release(): void {
    this.#claim.release();
  }
}

async function takeOver(claim: Claim): Promise<ServersFile> {
  const file = new ServersFile(claim);
  const leftovers = stateSchema.safeParse(claim.inherited).data?.children ?? [];
  const deadline = performance.now() + 12_000; // their guardians end them, by force after 8 seconds
  while (leftovers.some(isRunning)) {
    if (performance.now() > deadline) {
      for (const { pid } of leftovers.filter(isRunning)) process.kill(pid, 'SIGKILL');
    }
    await delay(50);
  }
  return file;
}

async function answer({ mongodb, redis }: SharedServers): Promise<boolean> {
  const answers = await Promise.allSettled([plansLikeMongod(mongodb.uri), redisInfo(redis.uri)]);
  return answers.every(({ status }) => status === 'fulfilled');
}
