/** The command `npm run indexes:sync`; in production, `node dist/cli/indexes-sync.js`. */
import { parseArgs } from 'node:util';
import { runCommand } from './command-line.js';
import { commandServers } from './command-servers.js';
import { withDatabase } from './database.js';
import { syncIndexes } from './sync-indexes.js';

const HELP = `Makes the indexes that the service's queries need.

  npm run indexes:sync -- [--dry-run]

  --dry-run   only tell which indexes are missing or different
  --help

An index that differs from its declaration is dropped and made anew; one that nobody declared is left alone.
The database is that of MONGODB_URI; without it, and not in production, that of npm start in the same folder.

Exit code: 0 when the indexes are as declared, 1 when they are not, 2 when it was typed wrongly.`;

await runCommand(async () => {
  const { values } = parseArgs({
    options: { 'dry-run': { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const servers = await commandServers({ redis: false, log: console.error });
  try {
    const asDeclared = await withDatabase(servers.configuration, (connection) =>
      syncIndexes(connection, { dryRun: values['dry-run'], log: console.log }),
    );
    return asDeclared ? 0 : 1;
  } finally {
    await servers.stop();
  }
});
