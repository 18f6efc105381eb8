import { type LaunchedServer, launch, type Place } from './launch.js';
import { plansLikeMongod } from './query-plans.js';

/** Starts SecantusDB's server; to drivers it is a replica set of one. It picks its port itself and prints it. */
export function startSecantus(command: string, engine: string, place: Place): Promise<LaunchedServer> {
  // A log file is allocated in full, so its size is the size of an empty store: not worth 128 MB in a temporary one.
  const logSize = place.dataDir === undefined ? ['--log-file-max', '16MB'] : [];
  return launch(place, {
    command,
    engine,
    args: (data) => [
      ...['--host', '127.0.0.1', '--port', '0', '--storage-path', data],
      ...['--cache-size', '256M', '--log-level', 'WARNING', ...logSize],
    ],
    address: async (child) => {
      const host = /listening on (127\.0\.0\.1:\d+)/.exec(child.output())?.[1];
      if (host === undefined) return undefined;
      const uri = `mongodb://${host}/?directConnection=true`;
      await plansLikeMongod(uri);
      return uri;
    },
  });
}
