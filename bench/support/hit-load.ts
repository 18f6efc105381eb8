import { Agent } from 'node:http';
import { at } from './at.js';
import type { Program } from './program.js';
import { rawAnswer } from './raw-answer.js';
import { KINDS, type Kind, type MixedRequest } from './request-mix.js';

/** Hits among the answers of each kind, from 0 to 1. */
export type HitRates = ReadonlyMap<Kind, number>;

export interface HitLoad {
  readonly connections: number;
  readonly seconds: number;
  /** Draws the next request of any connection. */
  readonly next: () => MixedRequest;
}

/**
 * Sends the load to the programs, which share its connections; each sends when it has been answered. Any answer
 * but 200 fails the run.
 */
export async function hitRates(programs: readonly Program[], load: HitLoad): Promise<HitRates> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
  const tallies = new Map(KINDS.map((kind) => [kind, { hits: 0, answers: 0 }]));
  const until = performance.now() + load.seconds * 1000;
  const connection = async (program: Program) => {
    while (performance.now() < until) {
      const request = load.next();
      const cache = await send(program, request, agent);
      const tally = request.kind && tallies.get(request.kind);
      if (!tally) continue;
      tally.answers += 1;
      if (cache === 'HIT') tally.hits += 1;
    }
  };
  try {
    await Promise.all(
      Array.from({ length: load.connections }, (_, number) => connection(at(programs, number % programs.length))),
    );
  } finally {
    agent.destroy();
  }
  return new Map([...tallies].map(([kind, { hits, answers }]) => [kind, hits / answers]));
}

/** @returns what the answer says of the cache */
async function send({ name, url }: Program, { path, key, patch }: MixedRequest, agent: Agent) {
  const headers = { authorization: `Bearer ${key}`, 'accept-encoding': 'gzip' };
  const { status, headers: answered } = await rawAnswer(`${url}/api/v1/${path}`, {
    agent,
    ...(patch === undefined
      ? { headers }
      : {
          method: 'PATCH',
          headers: { ...headers, 'content-type': 'application/merge-patch+json' },
          body: JSON.stringify(patch),
        }),
  });
  if (status !== 200) throw new Error(`${name} answered ${path} with ${status}`);
  return answered['x-cache'];
}
