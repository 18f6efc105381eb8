import { compare } from '../support/compare.js';
import { type Program, startProgram } from '../support/program.js';
import { type RawAnswer, rawAnswer } from '../support/raw-answer.js';
import type { Bench, Scenario } from '../support/scenario.js';
import { smallGroup } from '../support/small-group.js';

const PATH = '/api/v1/clinics?limit=20';

/** What the whole service costs over its framework when an answer is ready: key, rate limit, coherence, headers. */
export const cachedList: Scenario = {
  title: `GET ${PATH}, cached, gzip, 100 connections`,
  subject: 'Enterprise Service',
  peer: 'bare NestJS, same bytes',
  aim: 0.9,
  floor: 0.2,
  run: (bench) =>
    beside(bench, {}, async (service, peer, headers) => {
      const [ours, theirs] = await answersOf(service, peer, headers);
      assertCached(ours, 200);
      if (!ours.body.equals(theirs.body)) throw new Error('The programs answer different bytes');
      if (theirs.headers['content-encoding'] !== 'gzip' || ours.headers['content-encoding'] !== 'gzip') {
        throw new Error('An answer is not gzip');
      }
      return compare(service, peer, { ...load(bench), headers });
    }),
};

/** The same list for a client that has it already. */
export const cachedNotModified: Scenario = {
  title: `GET ${PATH}, cached, If-None-Match, 100 connections`,
  subject: 'Enterprise Service',
  peer: 'bare NestJS, one 304',
  aim: 0.9,
  floor: 0.2,
  run: (bench) =>
    beside(bench, { READY_CONDITIONAL: 'true' }, async (service, peer, gzip) => {
      const [{ headers: given }] = await answersOf(service, peer, gzip);
      const headers = { ...gzip, 'if-none-match': String(given.etag) };
      const answers = await answersOf(service, peer, headers);
      assertCached(answers[0], 304);
      if (answers.some(({ status, body }) => status !== 304 || body.length > 0)) throw new Error('An answer is no 304');
      return compare(service, peer, { ...load(bench), headers, status: 304 });
    }),
};

type Texts = Readonly<Record<string, string>>;

const load = ({ seconds, rounds }: Bench) => ({ path: PATH, connections: 100, seconds, rounds });

/** Starts the service with a cached list, and the peer with the same bytes; stops both when the work is done. */
async function beside<Result>(
  { environment, adminKey }: Bench,
  variant: Texts,
  work: (service: Program, peer: Program, headers: Texts) => Promise<Result>,
): Promise<Result> {
  // Limits are kept for each request, and never reached.
  const limits = { RATE_LIMIT_TENANT_PER_MINUTE: '10000000', SHED_EVENT_LOOP_DELAY_MS: '0' };
  const service = await startProgram('Enterprise Service', 'dist/main.js', { ...environment, ...limits });
  try {
    const { key } = await smallGroup(service.url, adminKey);
    const ready = { READY_URL: `${service.url}${PATH}`, READY_KEY: key, ...variant };
    const peer = await startProgram('bare NestJS', 'bench/peers/ready-gzip.ts', ready);
    try {
      return await work(service, peer, { authorization: `Bearer ${key}`, 'accept-encoding': 'gzip' });
    } finally {
      await peer.stop();
    }
  } finally {
    await service.stop();
  }
}

/** The service's and the peer's; the peer has asked the service before, as it started. */
const answersOf = (service: Program, peer: Program, headers: Texts): Promise<[RawAnswer, RawAnswer]> =>
  Promise.all([rawAnswer(`${service.url}${PATH}`, { headers }), rawAnswer(`${peer.url}${PATH}`, { headers })]);

function assertCached({ status, headers }: RawAnswer, expected: number): void {
  if (status === expected && headers['x-cache'] === 'HIT') return;
  throw new Error(`The service answered ${status}, X-Cache: ${headers['x-cache']}`);
}
