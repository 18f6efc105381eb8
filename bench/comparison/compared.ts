import { interrupted } from '../support/interruption.js';
import { startProgram } from '../support/program.js';
import { LIMITS } from '../support/service.js';
import type { Round } from '../support/verdict.js';
import { type ComparedLoad, isAnswered, type Stock, stocked } from './loads.js';
import { METRICS, type Measured, type Metric, measure, type Subject, warmUp } from './metrics.js';

/** A tree that is built, with variables of a service over a database of its own. */
export interface Side {
  readonly name: string;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface Plan {
  readonly base: Side;
  readonly head: Side;
  readonly adminKey: string;
  readonly loads: Readonly<Record<string, ComparedLoad>>;
  readonly rounds: number;
  /** Of each half of a round: closed loop, then fixed arrivals. */
  readonly seconds: number;
  readonly tell: (line: string) => void;
}

export interface ComparedRounds {
  readonly load: string;
  /** A second, while latency was measured. */
  readonly arrivals: number;
  readonly rounds: Readonly<Record<Metric, readonly Round[]>>;
}

/** Rounds that are taken before both services are started anew. */
const OF_A_START = 4;
const FEWEST_STARTS = 5;

/** How many times both services are started for so many rounds: at least five, as a start is what verdicts draw. */
export const startsFor = (rounds: number): number =>
  Math.min(rounds, Math.max(FEWEST_STARTS, Math.ceil(rounds / OF_A_START)));

/**
 * Puts both services under each load in turn (A B B A ...), so that a drift of the machine meets both, and starts them
 * anew every few rounds, so that the luck of a start isn't taken for a difference of the trees.
 * Loads that the base doesn't answer are left out, and told. @throws on any other unexpected answer, and when interrupted
 */
export async function comparedRounds(plan: Plan): Promise<readonly ComparedRounds[]> {
  const taken = new Map<string, Taken>();
  const starts = startsFor(plan.rounds);
  let stocks: readonly [Stock, Stock] | undefined;
  let loads: readonly NamedLoad[] = Object.entries(plan.loads);
  for (let start = 0; start < starts; start += 1) {
    stocks = await withBoth(plan, start, stocks, async (base, head) => {
      if (start === 0) loads = await answered(loads, base, head, plan.tell);
      const count = Math.floor(((start + 1) * plan.rounds) / starts) - Math.floor((start * plan.rounds) / starts);
      for (const [name, load] of loads) {
        plan.tell(`start ${start + 1} of ${starts}: ${load.title}`);
        interrupted.throwIfAborted();
        const speeds = [await warmUp(base, load, WARM_SECONDS), await warmUp(head, load, WARM_SECONDS)];
        const of = taken.get(name) ?? { arrivals: arrivalsFor(Math.min(...speeds)), rounds: [] };
        taken.set(name, of);
        for (let round = 0; round < count; round += 1) {
          interrupted.throwIfAborted();
          of.rounds.push({ start, ...(await inTurn(base, head, of, load, plan.seconds)) });
        }
      }
    });
  }
  return [...taken].map(([load, { arrivals, rounds }]) => ({ load, arrivals, rounds: byMetric(rounds) }));
}

interface Taken {
  readonly arrivals: number;
  readonly rounds: { readonly start: number; readonly base: Measured; readonly head: Measured }[];
}

/** Starts both, fills their databases the first time, and stops them when the work is done. */
async function withBoth(
  { base, head, adminKey }: Plan,
  start: number,
  stocks: readonly [Stock, Stock] | undefined,
  work: (base: Subject, head: Subject) => Promise<void>,
): Promise<readonly [Stock, Stock]> {
  const begun = ({ name, environment, folder }: Side) =>
    startProgram(name, 'dist/main.js', { ...environment, ...LIMITS }, folder);
  // Who is first changes, too.
  const [one, other] = start % 2 === 0 ? [base, head] : [head, base];
  const first = await begun(one);
  try {
    const second = await begun(other);
    try {
      const [ofBase, ofHead] = one === base ? [first, second] : [second, first];
      const filled = stocks ?? ([await stocked(ofBase, adminKey), await stocked(ofHead, adminKey)] as const);
      await work({ program: ofBase, stock: filled[0], adminKey }, { program: ofHead, stock: filled[1], adminKey });
      return filled;
    } finally {
      await second.stop();
    }
  } finally {
    await first.stop();
  }
}

type NamedLoad = readonly [name: string, load: ComparedLoad];

/** The loads that both answer. An old base may not know of one; the head has to. */
async function answered(
  loads: readonly NamedLoad[],
  base: Subject,
  head: Subject,
  tell: (line: string) => void,
): Promise<NamedLoad[]> {
  const kept: NamedLoad[] = [];
  for (const [name, load] of loads) {
    if (!(await isAnswered(head.program, load, head.stock))) {
      throw new Error(`${head.program.name} doesn't answer the load "${load.title}" as it should`);
    }
    if (await isAnswered(base.program, load, base.stock)) kept.push([name, load]);
    else tell(`Left out, as ${base.program.name} doesn't answer it: ${load.title}`);
  }
  if (kept.length === 0) throw new Error(`${base.program.name} answers none of the loads`);
  return kept;
}

/** Base first in one round, head first in the next. */
async function inTurn(
  base: Subject,
  head: Subject,
  { arrivals, rounds }: Taken,
  load: ComparedLoad,
  seconds: number,
): Promise<{ readonly base: Measured; readonly head: Measured }> {
  if (rounds.length % 2 === 0) {
    const ofBase = await measure(base, load, arrivals, seconds);
    return { base: ofBase, head: await measure(head, load, arrivals, seconds) };
  }
  const ofHead = await measure(head, load, arrivals, seconds);
  return { base: await measure(base, load, arrivals, seconds), head: ofHead };
}

const WARM_SECONDS = 2;

/** So few that requests hardly wait for each other, nor for the client, and enough for percentiles. */
const arrivalsFor = (throughput: number): number => Math.max(5, Math.min(500, Math.round(0.3 * throughput)));

function byMetric(rounds: Taken['rounds']): ComparedRounds['rounds'] {
  const of = (metric: Metric): readonly Round[] =>
    rounds.map(({ start, base, head }) => ({ start, base: base[metric], head: head[metric] }));
  const [closed, processor, p50, p95] = METRICS;
  return { [closed]: of(closed), [processor]: of(processor), [p50]: of(p50), [p95]: of(p95) };
}
