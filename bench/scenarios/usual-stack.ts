import { compare } from '../support/compare.js';
import { type Program, startProgram } from '../support/program.js';
import { rawAnswer } from '../support/raw-answer.js';
import type { Scenario } from '../support/scenario.js';
import { smallGroup } from '../support/small-group.js';

/** What coherence, credentials and limits cost less than the stack that teams use today, which has none of them. */
export const usualStack: Scenario = {
  title: 'GET /api/v1/clinics?limit=20&organizationId=..., cached, gzip, 100 connections',
  subject: 'Enterprise Service',
  peer: 'Nest on Express, cached',
  aim: 6,
  floor: 3,
  async run({ environment, adminKey, seconds, rounds }) {
    const limits = { RATE_LIMIT_TENANT_PER_MINUTE: '10000000', SHED_EVENT_LOOP_DELAY_MS: '0' };
    const service = await startProgram('Enterprise Service', 'dist/main.js', { ...environment, ...limits });
    const production = { ...environment, NODE_ENV: 'production' };
    const peer = await startProgram('The usual stack', 'bench/peers/usual-stack.ts', production);
    try {
      const { organizationId, key } = await smallGroup(service.url, adminKey);
      const path = `/api/v1/clinics?limit=20&organizationId=${organizationId}`;
      const headers = { authorization: `Bearer ${key}`, 'accept-encoding': 'gzip' };
      await assertSameClinics(service, peer, path, key);
      for (const program of [service, peer]) await assertCached(program, path, headers);
      return await compare(service, peer, { path, headers, connections: 100, seconds, rounds });
    } finally {
      await Promise.all([service.stop(), peer.stop()]);
    }
  },
};

/** Also has both make their answer, so that the next one is cached. */
async function assertSameClinics(service: Program, peer: Program, path: string, key: string): Promise<void> {
  const [ours, theirs] = await Promise.all([service, peer].map((program) => clinicsOf(program, path, key)));
  if (ours?.length !== 20 || JSON.stringify(ours) !== JSON.stringify(theirs)) {
    throw new Error('The programs answer different clinics');
  }
}

/** The answered clinics, the fields of each in the order of their names. */
async function clinicsOf({ url }: Program, path: string, key: string): Promise<readonly unknown[]> {
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } });
  const data: unknown = Reflect.get(Object(await response.json()), 'data');
  return Array.isArray(data) ? data.map((clinic) => Object.entries(clinic).sort()) : [];
}

async function assertCached({ name, url }: Program, path: string, headers: Readonly<Record<string, string>>) {
  const { headers: answered } = await rawAnswer(`${url}${path}`, { headers });
  if (answered['x-cache'] === 'HIT' && answered['content-encoding'] === 'gzip') return;
  throw new Error(`${name} answers X-Cache: ${answered['x-cache']}, in ${answered['content-encoding']}`);
}
