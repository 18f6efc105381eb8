/** The entry of `npm start`: the service with servers of its own and data in .data/. Production starts main.js itself. */
import { mkdirSync } from 'node:fs';
import { makeDemoData } from '../cli/seed-data/demo.js';
import { readConfiguration } from '../config/configuration.js';
import { startEmbeddedServers } from './index.js';
import { platformKey } from './platform-key.js';

const dataDir = '.data';
const log = (line: string) => console.log(line);

mkdirSync(dataDir, { recursive: true, mode: 0o700 });
const servers = await startEmbeddedServers({ dataDir, queryPlans: 'any', log });
process.env.MONGODB_URI = servers.mongodbUri;
process.env.REDIS_URL = servers.redisUrl;
process.env.NODE_ENV ||= 'development';
process.env.PLATFORM_ADMIN_KEY ||= platformKey(dataDir);
try {
  // Before the service starts, which then makes the indexes and has nothing cached yet.
  const demo = process.env.NODE_ENV === 'production' ? 0 : await makeDemoData(readConfiguration());
  if (demo > 0) log(`The database was empty; it now has ${demo} demo records`);
  // Only now: the service reads its configuration when it is loaded.
  const { start } = await import('../main.js');
  await start({ onStopped: () => servers.stop() });
} catch (error) {
  await servers.stop();
  throw error;
}
log(announcement(process.env.PORT || '3017', process.env.PLATFORM_ADMIN_KEY));

function announcement(port: string, key: string): string {
  const base = `http://127.0.0.1:${port}`;
  return `
  API            ${base}/api/v1
  documentation  ${base}/api/docs
  dashboard      ${base}/api/v1/performance/dashboard
  platform key   ${key}

  curl -H 'Authorization: Bearer ${key}' '${base}/api/v1/clinics?limit=5'
`;
}
