import { type Candidate, startFirst } from './choose-server.js';
import { workingOnPath } from './executables.js';
import type { Place } from './launch.js';
import { downloadedMongod, downloadMongod } from './mongod-download.js';
import { buildSecantus, builtSecantus, secantusVersion } from './secantus-cargo.js';
import { mongodEngine, startMongod } from './start-mongod.js';
import { startSecantus } from './start-secantus.js';
import type { EmbeddedOptions, ServerSource } from './types.js';
import { installedWheel, installWheel, secantusWheel } from './wheel-server.js';

export function startMongodb(place: Place, queryPlans: EmbeddedOptions['queryPlans']) {
  return startFirst('MongoDB', mongodbCandidates(queryPlans, place.log), place);
}

/**
 * Without a wish for plans, whatever is already here goes before whatever must be fetched.
 * With it, the wheel's older planner is the last resort, even where the wheel is at hand and cargo needs minutes.
 */
function mongodbCandidates(
  queryPlans: EmbeddedOptions['queryPlans'],
  log: (line: string) => void,
): readonly Candidate[] {
  const path = mongod('path', () => workingOnPath('mongod'));
  const built = secantus('cache', secantusVersion, builtSecantus);
  const downloaded = mongod('cache', downloadedMongod);
  const download = mongod('memory-server', () => downloadMongod(log));
  const build = secantus('cargo', secantusVersion, () => buildSecantus(log));
  const installed = secantus('wheel', `wheel-${secantusWheel.version}`, () => installedWheel(secantusWheel));
  const install = secantus('wheel', `wheel-${secantusWheel.version}`, () => installWheel(secantusWheel, log));
  return queryPlans === 'mongod-like'
    ? [path, built, downloaded, download, build, installed, install]
    : [path, built, downloaded, installed, download, install];
}

function mongod(source: ServerSource, find: Candidate['find']): Candidate {
  return { source, engine: mongodEngine, find, start: startMongod };
}

function secantus(source: ServerSource, version: string, find: Candidate['find']): Candidate {
  const engine = `secantus-${version}`;
  return { source, engine, find, start: (command, place) => startSecantus(command, engine, place) };
}
