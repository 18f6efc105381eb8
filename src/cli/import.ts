/** The command `npm run import`. */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startTelemetry, stopTelemetry } from '../common/observability/telemetry.js';
import { runCommand, seconds, UsageError, wholeNumber } from './command-line.js';
import { commandServers } from './command-servers.js';
import { terminalProgress } from './progress.js';
import { inWords, runImport } from './run-import.js';

const HELP = `Imports organizations and their clinics from CSV files (UTF-8, with a header).

  npm run import -- --organizations FILE --clinics FILE

  --organizations FILE   columns id, name and, if wanted, state, type
  --clinics FILE         columns organization (an id of the other file), code, name and, if wanted,
                         street, city, state, zip, county, npi, latitude, longitude
  --batch-size N         rows of a transaction, 1 to 1000 (500)
  --help

One of the files is enough. What is already there is left as it is, so an import that was interrupted is
completed by running it again. Each bad row is reported with its line and the others are imported.

The servers are those of MONGODB_URI and REDIS_URL; without these, the ones of a running npm start in the
same folder, or servers started for the import over the same data.

Exit code: 0 when every row is there, 1 when rows were bad or the import failed, 2 when it was typed wrongly.`;

await runCommand(async () => {
  const { values } = parseArgs({
    options: {
      organizations: { type: 'string' },
      clinics: { type: 'string' },
      'batch-size': { type: 'string', default: '500' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const { organizations, clinics } = values;
  if (!organizations && !clinics) throw new UsageError('Give --organizations, --clinics or both.');
  for (const file of [organizations, clinics]) {
    if (file && !existsSync(file)) throw new UsageError(`There is no file ${file}.`);
  }
  const batchSize = wholeNumber('batch-size', values['batch-size'], 1, 1000);
  const servers = await commandServers({ redis: true, log: console.error });
  try {
    await startTelemetry(servers.configuration);
    const begun = performance.now();
    const summary = await runImport(servers.configuration, { organizations, clinics, batchSize }, terminalProgress());
    for (const [name, counts] of Object.entries(summary)) console.log(`${name}: ${inWords(counts)}`);
    console.log(`in ${seconds(performance.now() - begun)}`);
    return Object.values(summary).some(({ bad }) => bad > 0) ? 1 : 0;
  } finally {
    await stopTelemetry();
    await servers.stop();
  }
});
