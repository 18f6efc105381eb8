import { parseArgs } from 'node:util';
import { startEmbeddedServers } from '../src/embedded/index.js';
import { compare } from './support/compare.js';
import { startProgram } from './support/program.js';

/** The bounds of issue-level promises: requests/s over the peer's, in one run. */
const UNCACHED_BY_ID_OVER_BARE_FASTIFY = 0.6;

const KEY = 'key-of-the-benchmarks';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '5' }, rounds: { type: 'string', default: '5' } },
});

const servers = await startEmbeddedServers({ queryPlans: 'mongod-like', log: console.error });
const environment = {
  MONGODB_URI: servers.mongodbUri,
  REDIS_URL: servers.redisUrl,
  MONGODB_DATABASE: 'bench',
  PLATFORM_ADMIN_KEY: KEY,
  NODE_ENV: 'development',
  LOG_LEVEL: 'warn',
};
const headers = { authorization: `Bearer ${KEY}` };
const service = await startProgram('Enterprise Service', 'dist/main.js', environment);
const peer = await startProgram('bare Fastify', 'bench/peers/bare-fastify.ts', environment);
try {
  const clinic = await someClinic(service.url);
  const path = `/api/v1/clinics/${clinic}`;
  await sameAnswer(path);
  const {
    subject,
    peer: bare,
    ratio,
  } = await compare(service, peer, {
    path,
    headers,
    connections: 20,
    seconds: Number(values.seconds),
    rounds: Number(values.rounds),
  });
  const holds = ratio >= UNCACHED_BY_ID_OVER_BARE_FASTIFY;
  console.log(`GET ${path}, uncached, 20 connections, requests/s`);
  console.log(`  Enterprise Service  ${subject.map(Math.round).join('  ')}`);
  console.log(`  bare Fastify        ${bare.map(Math.round).join('  ')}`);
  console.log(
    `  ratio of medians    ${ratio.toFixed(3)} (at least ${UNCACHED_BY_ID_OVER_BARE_FASTIFY}: ${holds ? 'holds' : 'MISSED'})`,
  );
  process.exitCode = holds ? 0 : 1;
} finally {
  await Promise.all([service.stop(), peer.stop()]);
  await servers.stop();
}

async function someClinic(url: string): Promise<string> {
  const organization = await create(`${url}/api/v1/organizations`, { name: 'Bench Dental', slug: 'bench' });
  return create(`${url}/api/v1/clinics`, {
    organizationId: organization,
    name: 'Port Lions Dental',
    code: 'AK-000170',
    address: { street: '500 Molina', city: 'Port Lions', state: 'AK', postalCode: '99550', country: 'US' },
    phone: '+1 907 555 0101',
    timezone: 'America/Anchorage',
  });
}

async function create(url: string, body: unknown): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const record: unknown = await response.json();
  if (typeof record !== 'object' || record === null || !('id' in record)) throw new Error(JSON.stringify(record));
  return String(record.id);
}

/** The comparison means something only if both answer the same. */
async function sameAnswer(path: string): Promise<void> {
  const [ours, theirs] = await Promise.all(
    [service, peer].map((program) => fetch(`${program.url}${path}`, { headers }).then((response) => response.json())),
  );
  for (const key of Object.keys(Object(theirs))) {
    if (JSON.stringify(Reflect.get(Object(ours), key)) !== JSON.stringify(Reflect.get(Object(theirs), key))) {
      throw new Error(`The programs answer ${key} differently`);
    }
  }
}
