import { create } from '../support/api.js';
import { at } from '../support/at.js';
import type { Flow, Step } from '../support/flow.js';
import { paced } from '../support/paced-load.js';
import type { Program } from '../support/program.js';
import type { FlowResult } from '../support/results.js';
import type { Bench } from '../support/scenario.js';
import type { SeededGroup } from '../support/seeded-groups.js';

const ARRIVALS = 5;

/** What clients do one after the other: sign in and list; make, read, replace, change and remove a record of each resource. */
export async function flows(bench: Bench, service: Program, groups: readonly SeededGroup[]): Promise<FlowResult[]> {
  const results: FlowResult[] = [];
  for (const [flow, those] of Object.entries(await allFlows(bench, service, groups))) {
    bench.step(flow);
    const load = { flows: those, arrivals: ARRIVALS, connections: 20 };
    await paced(service, { ...load, seconds: 1 });
    const { latency, steps } = await paced(service, { ...load, seconds: bench.seconds });
    results.push({ flow, arrivals: ARRIVALS, latency, steps });
  }
  return results;
}

async function allFlows(
  { adminKey }: Bench,
  { url }: Program,
  groups: readonly SeededGroup[],
): Promise<Readonly<Record<string, readonly Flow[]>>> {
  const { key, organizationId, clinics } = at(groups, 0);
  const { id, key: secret } = await create(`${url}/api/v1/auth/keys`, adminKey, {
    organizationId,
    name: 'benchmark of tokens',
    role: 'viewer',
  });
  const provider = { firstName: 'Zoë', lastName: 'Nguyen' };
  const clinic = { name: 'Port Lions Dental', code: 'B-{n}', timezone: 'America/Anchorage' };
  return {
    'sign in, then three lists': [signIn(String(id), String(secret))],
    'an organization': [
      crud('organizations', adminKey, { name: 'Northern Dental', slug: 'b-{n}' }, { name: 'Northern Dental Group' }),
    ],
    'a clinic': [crud('clinics', key, clinic, { phone: '+1 907 555 0101' })],
    'a provider': [crud('providers', key, provider, { specialty: 'Orthodontics' })],
    'an assignment': clinics.slice(0, 20).map((clinicId) => ({
      steps: [
        step('POST /providers', 'POST', '/providers', key, 201, { body: provider, keep: { provider: 'id' } }),
        ...crud('assignments', key, { providerId: '{provider}', clinicId, role: 'dentist' }, { isPrimary: true }).steps,
      ],
    })),
  };
}

const signIn = (id: string, secret: string): Flow => ({
  steps: [
    step('POST /auth/token', 'POST', '/auth/token', undefined, 200, {
      body: { grant_type: 'client_credentials', client_id: id, client_secret: secret },
      keep: { token: 'access_token' },
    }),
    ...['/clinics', '/providers', '/assignments'].map((path) => step(`GET ${path}`, 'GET', path, '{token}', 200)),
  ],
});

/** Makes a record, reads it, replaces it by the same, changes it and removes it. */
function crud(resource: string, key: string, body: object, patch: object): Flow {
  const [all, one] = [`/${resource}`, `/${resource}/{id}`];
  return {
    steps: [
      step(`POST ${all}`, 'POST', all, key, 201, { body, keep: { id: 'id' } }),
      step(`GET ${all}/:id`, 'GET', one, key, 200),
      step(`PUT ${all}/:id`, 'PUT', one, key, 200, { body }),
      step(`PATCH ${all}/:id`, 'PATCH', one, key, 200, { body: patch }),
      step(`DELETE ${all}/:id`, 'DELETE', one, key, 204),
    ],
  };
}

function step(
  name: string,
  method: NonNullable<Step['method']>,
  path: string,
  credential: string | undefined,
  status: number,
  { body, keep }: { readonly body?: object; readonly keep?: Readonly<Record<string, string>> } = {},
): Step {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  return {
    name,
    method,
    path: `/api/v1${path}`,
    headers: {
      ...(credential !== undefined && { authorization: `Bearer ${credential}` }),
      ...(body !== undefined && { 'content-type': type }),
    },
    status,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(keep && { keep }),
  };
}
