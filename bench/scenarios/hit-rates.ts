import { makeDirectory } from '../support/directory.js';
import { type HitRates, hitRates } from '../support/hit-load.js';
import { median } from '../support/median.js';
import { type Program, startProgram } from '../support/program.js';
import { KINDS, requestMix } from '../support/request-mix.js';
import { residentMegabytes } from '../support/resident-memory.js';
import type { Bench, Figure, Gauge } from '../support/scenario.js';

const CONNECTIONS = 20;

/** How often the cache answers while it is written to, and what the processes have grown to by then. */
export const hitRatesUnderWrites: Gauge = {
  title: `Hit rates of each round: two processes, ${CONNECTIONS} connections, Zipf(1.0), 5% writes`,
  async run(bench) {
    const [one, other] = await Promise.all([startService(bench), startService(bench)]);
    try {
      const next = requestMix(await makeDirectory(one.url, bench.adminKey));
      const round = () => hitRates([one, other], { connections: CONNECTIONS, seconds: bench.seconds, next });
      // The first fills the caches and isn't counted.
      await round();
      const rounds: HitRates[] = [];
      while (rounds.length < bench.rounds) rounds.push(await round());
      return [...rateFigures(rounds), await memoryFigure([one, other])];
    } finally {
      await Promise.all([one.stop(), other.stop()]);
    }
  },
};

const startService = ({ environment }: Bench): Promise<Program> =>
  startProgram('Enterprise Service', 'dist/main.js', {
    ...environment,
    RATE_LIMIT_TENANT_PER_MINUTE: '10000000',
    SHED_EVENT_LOOP_DELAY_MS: '0',
  });

const rateFigures = (rounds: readonly HitRates[]): readonly Figure[] =>
  KINDS.map((kind) => {
    const measured = rounds.map((rates) => rates.get(kind) ?? 0);
    return { name: kind, measured, figure: median(measured) };
  });

/** The larger of the processes. */
async function memoryFigure(programs: readonly Program[]): Promise<Figure> {
  const measured = await Promise.all(programs.map(({ pid }) => residentMegabytes(pid)));
  return { name: 'resident MB', measured, figure: Math.max(...measured) };
}
