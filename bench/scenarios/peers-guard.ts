import type { PeersScenario } from '../support/contest.js';
import { startProgram } from '../support/program.js';
import { withService } from '../support/service.js';
import { smallGroup } from '../support/small-group.js';

/** What principals and rate limits cost: the same handler behind the guard and bare, as an organization's key. */
export const guard: PeersScenario = async ({ environment, adminKey }, work) => {
  const { key } = await withService(environment, ({ url }) => smallGroup(url, adminKey, 1));
  const limits = { GUARDED: 'true', RATE_LIMIT_TENANT_PER_MINUTE: '10000000', SHED_EVENT_LOOP_DELAY_MS: '0' };
  const script = 'bench/peers/small-handler.ts';
  const guarded = await startProgram('with key and rate limit', script, { ...environment, ...limits });
  const bare = await startProgram('bare', script, environment);
  try {
    const requests = [{ path: '/small', headers: { authorization: `Bearer ${key}` }, status: 200 }];
    return await work({ load: 'small handler', connections: 100, programs: [guarded, bare], requests });
  } finally {
    await Promise.all([guarded.stop(), bare.stop()]);
  }
};
