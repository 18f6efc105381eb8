import { gunzipSync } from 'node:zlib';
import type { PeersScenario } from '../support/contest.js';
import { type Program, startProgram } from '../support/program.js';
import { type RawAnswer, rawAnswer } from '../support/raw-answer.js';
import type { Bench } from '../support/scenario.js';
import { withService } from '../support/service.js';
import { smallGroup } from '../support/small-group.js';

/** What the service costs over bare programs when an answer is ready: key, rate limit, coherence, measuring, headers. */
export const cachedList: PeersScenario = (bench, work) =>
  ready(bench, ['node:http', 'Fastify', 'NestJS on Fastify', 'NestJS on Express, as usual'], {}, (list) =>
    work({ load: 'cached list, gzip', connections: 100, ...list }),
  );

/** The same list for a client that has it already. */
export const cachedNotModified: PeersScenario = (bench, work) =>
  ready(bench, ['NestJS on Fastify'], { READY_CONDITIONAL: 'true' }, async ({ programs, requests }) => {
    const [request] = requests;
    if (!request) throw new Error('There is no request');
    const { headers } = await rawAnswer(`${programs[0]?.url}${request.path}`, { headers: request.headers });
    const conditional = {
      ...request,
      headers: { ...request.headers, 'if-none-match': String(headers.etag) },
      status: 304,
    };
    for (const program of programs) await answerOf(program, conditional);
    return work({ load: 'cached list, 304', connections: 100, programs, requests: [conditional] });
  });

const PROGRAMS = {
  'node:http': 'bench/peers/ready-node-http.ts',
  Fastify: 'bench/peers/ready-fastify.ts',
  'NestJS on Fastify': 'bench/peers/ready-nest.ts',
  // Caches as teams do it today, with nothing of what the service does besides.
  'NestJS on Express, as usual': 'bench/peers/usual-stack.ts',
} as const;

interface ReadyList {
  readonly programs: readonly Program[];
  readonly requests: readonly Request[];
}

interface Request {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
}

/** The service with a cached list, and peers that answer the same bytes. */
async function ready<Result>(
  { environment, adminKey }: Bench,
  names: readonly (keyof typeof PROGRAMS)[],
  variant: Readonly<Record<string, string>>,
  work: (list: ReadyList) => Promise<Result>,
): Promise<Result> {
  return withService(environment, async (service) => {
    const { organizationId, key } = await smallGroup(service.url, adminKey);
    const path = `/api/v1/clinics?limit=20&organizationId=${organizationId}`;
    const headers = { authorization: `Bearer ${key}`, 'accept-encoding': 'gzip' };
    const request = { path, headers, status: 200 };
    const given = { READY_URL: `${service.url}${path}`, READY_KEY: key, NODE_ENV: 'production' };
    const peers: Program[] = [];
    try {
      for (const name of names) {
        peers.push(await startProgram(name, PROGRAMS[name], { ...environment, ...given, ...variant }));
      }
      const programs = [service, ...peers];
      await assertAlike(programs, request);
      return await work({ programs, requests: [request] });
    } finally {
      await Promise.all(peers.map((peer) => peer.stop()));
    }
  });
}

/** A comparison means something only if all answer the same, from a cache where they have one. */
async function assertAlike(programs: readonly Program[], request: Request): Promise<void> {
  const bodies: string[] = [];
  for (const program of programs) {
    await answerOf(program, request);
    const { headers, body } = await answerOf(program, request);
    if (headers['content-encoding'] !== 'gzip') throw new Error(`${program.name} doesn't answer gzip`);
    if ((headers['x-cache'] ?? 'HIT') !== 'HIT') throw new Error(`${program.name} has no cached answer`);
    bodies.push(gunzipSync(body).toString());
  }
  const other = bodies.findIndex((body) => body !== bodies[0]);
  if (other >= 0) {
    throw new Error(
      `${programs[other]?.name} answers other bytes: ${bodies[other]?.slice(0, 500)} is not ${bodies[0]?.slice(0, 500)}`,
    );
  }
}

async function answerOf({ name, url }: Program, { path, headers, status }: Request): Promise<RawAnswer> {
  const answer = await rawAnswer(`${url}${path}`, { headers });
  if (answer.status !== status) throw new Error(`${name} answered ${answer.status}: ${answer.body}`);
  return answer;
}
