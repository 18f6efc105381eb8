import { withAdmin } from './ask-mongodb.js';
import { secantusVersion } from './secantus-cargo.js';

/** Whether the server's planner is mongod's own, or known to use the same indexes. Fails if the server doesn't answer. */
export async function plansLikeMongod(uri: string, timeoutMs?: number): Promise<boolean> {
  const info = await withAdmin(uri, (run) => run({ buildInfo: 1 }), timeoutMs);
  return info.secantusVersion === undefined || info.secantusVersion === secantusVersion;
}
