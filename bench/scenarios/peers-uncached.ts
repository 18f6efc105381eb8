import type { PeersScenario } from '../support/contest.js';
import { type Program, startProgram } from '../support/program.js';
import { withService } from '../support/service.js';
import { smallGroup } from '../support/small-group.js';

/** What the service adds to a findOne: validation, credentials, tenancy, selection, headers. */
export const uncachedById: PeersScenario = ({ environment, adminKey }, work) =>
  withService(environment, async (service) => {
    const peer = await startProgram('Fastify and driver', 'bench/peers/bare-fastify.ts', environment);
    try {
      const { clinics } = await smallGroup(service.url, adminKey, 200);
      const headers = { authorization: `Bearer ${adminKey}`, 'cache-control': 'no-cache' };
      // Of one record, loads at the same time would be one.
      const requests = clinics.map((id) => ({ path: `/api/v1/clinics/${id}`, headers, status: 200 }));
      for (const { path } of requests.slice(0, 1)) await assertSameAnswer(service, peer, path, headers);
      return await work({ load: 'clinic by id, uncached', connections: 20, programs: [service, peer], requests });
    } finally {
      await peer.stop();
    }
  });

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
