import { create } from '../support/api.js';
import { compare } from '../support/compare.js';
import { type Program, startProgram } from '../support/program.js';
import type { Scenario } from '../support/scenario.js';

/** What the service adds to a findOne: validation, credentials, tenancy, selection, headers. */
export const uncachedById: Scenario = {
  title: 'GET /api/v1/clinics/:id, uncached, 20 connections',
  subject: 'Enterprise Service',
  peer: 'bare Fastify and driver',
  aim: 0.6,
  floor: 0.15,
  async run({ environment, adminKey, seconds, rounds }) {
    const service = await startProgram('Enterprise Service', 'dist/main.js', environment);
    const peer = await startProgram('bare Fastify', 'bench/peers/bare-fastify.ts', environment);
    try {
      const headers = { authorization: `Bearer ${adminKey}`, 'cache-control': 'no-cache' };
      // Of one record, loads at the same time would be one.
      const ids = await someClinics(`${service.url}/api/v1`, adminKey);
      const paths = ids.map((id) => `/api/v1/clinics/${id}`);
      for (const path of paths.slice(0, 1)) await assertSameAnswer(service, peer, path, headers);
      return await compare(service, peer, { path: paths, headers, connections: 20, seconds, rounds });
    } finally {
      await Promise.all([service.stop(), peer.stop()]);
    }
  },
};

const CLINICS = 200;

async function someClinics(api: string, key: string): Promise<readonly string[]> {
  const organization = await create(`${api}/organizations`, key, { name: 'Bench Dental', slug: `bench-${Date.now()}` });
  const ids: string[] = [];
  while (ids.length < CLINICS) {
    const clinic = await create(`${api}/clinics`, key, {
      organizationId: organization['id'],
      name: 'Port Lions Dental',
      code: `AK-${ids.length}`,
      address: { street: '500 Molina', city: 'Port Lions', state: 'AK', postalCode: '99550', country: 'US' },
      phone: '+1 907 555 0101',
      timezone: 'America/Anchorage',
    });
    ids.push(String(clinic['id']));
  }
  return ids;
}

/** The comparison means something only if both answer the same. */
async function assertSameAnswer(
  service: Program,
  peer: Program,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const [ours, theirs] = await Promise.all(
    [service, peer].map((program) => fetch(`${program.url}${path}`, { headers }).then((response) => response.json())),
  );
  for (const key of Object.keys(Object(theirs))) {
    if (JSON.stringify(Reflect.get(Object(ours), key)) !== JSON.stringify(Reflect.get(Object(theirs), key))) {
      throw new Error(`The programs answer ${key} differently`);
    }
  }
}
