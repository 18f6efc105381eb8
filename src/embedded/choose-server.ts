import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from './errors.js';
import type { LaunchedServer, Place } from './launch.js';
import { stopwatch } from './stopwatch.js';
import type { ServerSource } from './types.js';

/** One way to come by a server. */
export interface Candidate {
  readonly source: ServerSource;
  /** Whose data folder it reads and writes. */
  readonly engine: string;
  /** The binary; undefined (or an exception) if this way leads nowhere on this machine. It may install one. */
  readonly find: () => Promise<string | undefined>;
  readonly start: (command: string, place: Place) => Promise<LaunchedServer>;
}

export interface ChosenServer extends LaunchedServer {
  readonly source: ServerSource;
}

/**
 * Starts the first candidate that has a binary. Where the data folder already holds some engine's data, that engine goes first:
 * another one would start empty, and the data would seem lost.
 */
export async function startFirst(name: string, candidates: readonly Candidate[], place: Place): Promise<ChosenServer> {
  const hasData = ({ engine }: Candidate) => place.dataDir !== undefined && existsSync(join(place.dataDir, engine));
  const withData = candidates.filter(hasData);
  for (const candidate of [...withData, ...candidates.filter((one) => !hasData(one))]) {
    const command = await findOrSayWhy(name, candidate, place);
    if (command === undefined) continue;
    if (withData.length > 0 && !hasData(candidate)) {
      place.log(
        `${name}: the data of ${withData[0]?.engine} stay in ${place.dataDir}, but ${candidate.engine} starts empty`,
      );
    }
    const elapsed = stopwatch();
    const server = await candidate.start(command, place);
    place.log(`${name}: ${command} (${candidate.source}) answers at ${new URL(server.uri).host} after ${elapsed()}`);
    return { ...server, source: candidate.source };
  }
  throw new Error(
    `${name}: found no server and could install none; install one or set ${name.toUpperCase()}_UR${name === 'Redis' ? 'L' : 'I'}`,
  );
}

async function findOrSayWhy(name: string, { find, source }: Candidate, { log }: Place): Promise<string | undefined> {
  try {
    return await find();
  } catch (error) {
    log(`${name}: ${source} does not work: ${messageOf(error)}`);
    return undefined;
  }
}
