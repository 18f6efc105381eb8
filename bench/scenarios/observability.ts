import { type ClosedLoop, closedLoop } from '../support/closed-load.js';
import { processorMsOfService } from '../support/processor-time.js';
import { type Program, startProgram } from '../support/program.js';
import type { Bench, Figure, Gauge } from '../support/scenario.js';
import { smallGroup } from '../support/small-group.js';

/**
 * What it costs to be measured: processor time a request, with METRICS_ENABLED over without, on services that are
 * otherwise the same. Processor time, as the cost is small and requests a second on a shared machine are not steady.
 */
export const observability: Gauge = {
  title: 'Cost of being measured (processor time a request, on over off: of each round, then of the cheapest)',
  async run(bench) {
    const on = await startProgram('measured', 'dist/main.js', { ...bench.environment, ...LIMITS });
    const off = await startProgram('unmeasured', 'dist/main.js', {
      ...bench.environment,
      ...LIMITS,
      METRICS_ENABLED: 'false',
    });
    try {
      const { key, clinics } = await smallGroup(on.url, bench.adminKey);
      const paths = clinics.map((id) => `/api/v1/clinics/${id}`);
      const bearer = { authorization: `Bearer ${key}` };
      const loads = [
        { name: 'cached list', path: '/api/v1/clinics?limit=20', headers: bearer, connections: 50 },
        {
          name: 'by id, uncached',
          path: paths,
          headers: { ...bearer, 'cache-control': 'no-cache' },
          connections: 20,
        },
        {
          name: 'page of 20, uncached',
          path: clinics.map((_, number) => `/api/v1/clinics?limit=${20 + (number % 5)}`),
          headers: { ...bearer, 'cache-control': 'no-cache' },
          connections: 20,
        },
      ] as const;
      const figures: Figure[] = [];
      for (const { name, ...load } of loads) figures.push(await costOf(name, load, on, off, bench));
      return figures;
    } finally {
      await Promise.all([on.stop(), off.stop()]);
    }
  },
};

const LIMITS = { RATE_LIMIT_TENANT_PER_MINUTE: '10000000', SHED_EVENT_LOOP_DELAY_MS: '0', LOG_LEVEL: 'warn' };

type Asked = Pick<ClosedLoop, 'connections'> & {
  readonly path: string | readonly string[];
  readonly headers: Readonly<Record<string, string>>;
};

async function costOf(
  name: string,
  { path, headers, connections }: Asked,
  on: Program,
  off: Program,
  bench: Bench,
): Promise<Figure> {
  const requests = [path].flat().map((each) => ({ path: each, headers, status: 200 }));
  const spent = async (program: Program) => {
    const before = await processorMsOfService(program, bench.adminKey);
    const { throughput } = await closedLoop(program, { requests, connections, seconds: bench.seconds });
    return ((await processorMsOfService(program, bench.adminKey)) - before) / (throughput * bench.seconds);
  };
  for (const program of [on, off]) await spent(program);
  const spents = new Map<Program, number[]>([
    [on, []],
    [off, []],
  ]);
  for (let number = 0; number < bench.rounds; number += 1) {
    // A B, B A, ...: a drift of the machine meets both.
    const order = number % 2 === 0 ? [on, off] : [off, on];
    for (const program of order) spents.get(program)?.push(await spent(program));
  }
  const measured = spents.get(on) ?? [];
  const unmeasured = spents.get(off) ?? [];
  return {
    name,
    measured: measured.map((seconds, number) => seconds / (unmeasured[number] ?? Number.NaN)),
    // Whatever else the machine does makes a request dearer, never cheaper.
    figure: Math.min(...measured) / Math.min(...unmeasured),
  };
}
