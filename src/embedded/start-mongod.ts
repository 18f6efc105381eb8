import { type AdminCommand, withAdmin } from './ask-mongodb.js';
import { freePort } from './free-port.js';
import { type LaunchedServer, launch, type Place, withFreshPorts } from './launch.js';

export const mongodEngine = 'mongod';

/** Starts mongod as a replica set of one: transactions and change streams need a replica set. */
export function startMongod(command: string, place: Place): Promise<LaunchedServer> {
  return withFreshPorts(async () => {
    const port = await freePort();
    const host = `127.0.0.1:${port}`;
    const uri = `mongodb://${host}/?directConnection=true`;
    return launch(place, {
      command,
      engine: mongodEngine,
      args: (data) => [
        ...['--dbpath', data, '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket', '--quiet'],
        ...['--replSet', 'rs0', '--oplogSize', '128', '--wiredTigerCacheSizeGB', '0.25'],
      ],
      address: async ({ pid }) => {
        const primary = await withAdmin(uri, (run) => becomePrimary(run, host, pid));
        return primary ? uri : undefined;
      },
    });
  });
}

async function becomePrimary(run: AdminCommand, host: string, pid: number): Promise<boolean> {
  // Whoever took our port a moment ago may be a mongod too; ours is about to die of it.
  const status = await run({ serverStatus: 1 });
  if (Number(status.pid) !== pid) return false;
  const hello = await run({ hello: 1 });
  if (hello.isWritablePrimary === true) return true;
  await configure(run, host);
  return false;
}

/** A new set is initiated; one that was kept from an earlier run learns its new port. */
async function configure(run: AdminCommand, host: string): Promise<void> {
  const config = await run({ replSetGetConfig: 1 }).then(
    (answer) => answer.config,
    () => undefined,
  );
  const members = [{ _id: 0, host }];
  if (config === undefined) await run({ replSetInitiate: { _id: 'rs0', members } });
  else if (config.members?.[0]?.host !== host) {
    await run({ replSetReconfig: { ...config, members, version: config.version + 1 }, force: true });
  }
}
