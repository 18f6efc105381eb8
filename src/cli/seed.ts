/** The command `npm run seed`. */
import { parseArgs } from 'node:util';
import { formatted, runCommand, seconds, UsageError, wholeNumber } from './command-line.js';
import { commandServers } from './command-servers.js';
import { withDatabase } from './database.js';
import { terminalProgress } from './progress.js';
import { runSeed } from './run-seed.js';

const HELP = `Fills the database with a large data set of made-up organizations, clinics, providers and assignments.

  npm run seed -- --clinics 200000 [--providers N] [--seed N]

  --clinics N     1 to 1,000,000
  --providers N   half as many as clinics unless given; up to 20 for each clinic
  --seed N        1 to 65,535 (1); the same seed makes the same documents, ids included
  --help

A larger set holds the smaller one of the same seed. What is there already stays as it is, so a run that
was interrupted is completed by running it again.

The documents are written past the service, which keeps answering from its caches for a while: use this
for trials and benchmarks. The database is that of MONGODB_URI; without it, the one of a running npm start
in the same folder, or a server started over the same data.`;

await runCommand(async () => {
  const { values } = parseArgs({
    options: {
      clinics: { type: 'string' },
      providers: { type: 'string' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (values.clinics === undefined) throw new UsageError('How many --clinics?');
  const clinics = wholeNumber('clinics', values.clinics, 1, 1_000_000);
  const providers =
    values.providers && wholeNumber('providers', values.providers, 1, Math.min(clinics * 20, 1_000_000));
  const seed = wholeNumber('seed', values.seed, 1, 65_535);
  const servers = await commandServers({ redis: false, log: console.error });
  try {
    const begun = performance.now();
    const { made, alreadyThere } = await withDatabase(servers.configuration, (connection) =>
      runSeed(connection, { seed, clinics, providers: providers || undefined }, terminalProgress()),
    );
    const took = performance.now() - begun;
    console.log(
      `${formatted(made)} documents made, ${formatted(alreadyThere)} were already there, in ${seconds(took)}`,
    );
    console.log(`${formatted(Math.round((1000 * (made + alreadyThere)) / took))} documents a second`);
    return 0;
  } finally {
    await servers.stop();
  }
});
