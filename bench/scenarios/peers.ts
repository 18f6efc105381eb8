import { closedLoop } from '../support/closed-load.js';
import type { Contest, PeersScenario } from '../support/contest.js';
import { median } from '../support/median.js';
import { processorMs } from '../support/processor-time.js';
import type { Program } from '../support/program.js';
import type { PeersResult } from '../support/results.js';
import type { Bench } from '../support/scenario.js';
import { cachedList, cachedNotModified } from './peers-cached.js';
import { guard } from './peers-guard.js';
import { uncachedById } from './peers-uncached.js';

const SCENARIOS: readonly PeersScenario[] = [cachedList, cachedNotModified, uncachedById, guard];

/**
 * Throughput of the service and of bare programs side by side. All run in turn (A B C, C B A, ...), so that a drift of the
 * machine meets each of them.
 */
export async function peers(bench: Bench): Promise<PeersResult[]> {
  const results: PeersResult[] = [];
  for (const scenario of SCENARIOS) results.push(await scenario(bench, (contest) => held(contest, bench)));
  return results;
}

async function held(
  { load, connections, programs, requests }: Contest,
  { seconds, rounds, step }: Bench,
): Promise<PeersResult> {
  step(`${load}, side by side`);
  const round = async (program: Program): Promise<Round> => {
    const before = await processorMs(program);
    const { throughput } = await closedLoop(program, { requests, connections, seconds });
    const after = await processorMs(program);
    const spentMs = before === undefined || after === undefined ? undefined : after - before;
    return { throughput, processorUs: spentMs === undefined ? null : (1000 * spentMs) / (throughput * seconds) };
  };
  for (const program of programs) await round(program);
  const taken = new Map(programs.map((program) => [program, [] as Round[]]));
  for (let number = 0; number < rounds; number += 1) {
    for (const program of number % 2 === 0 ? programs : programs.toReversed()) {
      taken.get(program)?.push(await round(program));
    }
  }
  const [service = []] = taken.values();
  const own = medianUs(service);
  return {
    load,
    connections,
    programs: [...taken].map(([{ name }, those]) => {
      const processorUs = medianUs(those);
      return {
        program: name,
        rounds: those.map(({ throughput }) => throughput),
        median: medianOf(those),
        serviceRatio: medianOf(service) / medianOf(those),
        processorUs,
        processorRatio: own === null || processorUs === null ? null : processorUs / own,
      };
    }),
  };
}

interface Round {
  readonly throughput: number;
  readonly processorUs: number | null;
}

const medianOf = (rounds: readonly Round[]): number => median(rounds.map(({ throughput }) => throughput));

function medianUs(rounds: readonly Round[]): number | null {
  const known = rounds.flatMap(({ processorUs }) => processorUs ?? []);
  return known.length === 0 ? null : median(known);
}
