import type {
  ConnectionsResult,
  FlowResult,
  Latency,
  Part,
  PeersResult,
  PhaseResult,
  Results,
  RouteResult,
  Second,
} from '../../bench/support/results.js';

/** A run as it could have been, with all its parts; the same at each call. */
export const someResults = (parts: Partial<Results> = {}): Results => ({
  format: 1,
  at: '2026-11-20T21:04:05.000Z',
  tookSeconds: 1384,
  commit: '3f9c2d1+',
  machine: {
    processor: 'AMD EPYC 7B13',
    cores: 2,
    memoryGb: 8.3,
    system: 'Linux 6.12 x64',
    node: 'v24.11.0',
    mongodb: 'mongod 8.0.4',
    redis: 'Redis 7.2.5',
  },
  data: { organizations: 412, clinics: 200_000, providers: 30_000, assignments: 84_000 },
  seconds: 5,
  rounds: 5,
  routes: ROUTES,
  connections: CONNECTIONS,
  flows: FLOWS,
  phases: PHASES,
  database: [
    { kind: 'by id', shape: 'find clinics {_id}', count: 21_804, p95: 1.84 },
    { kind: 'list', shape: 'find clinics {organizationId, status} sort {name}', count: 9_112, p95: 11.6 },
    { kind: 'list', shape: 'find clinics {$text}', count: 2_406, p95: 38.2 },
    { kind: 'aggregation', shape: 'aggregate clinics $match,$group', count: 1_208, p95: 24.9 },
    { kind: 'count', shape: 'count clinics {organizationId}', count: 402, p95: 6.3 },
  ],
  peers: PEERS,
  gauges: [
    {
      gauge: 'hit-rates',
      title: 'Hit rates while one request in ten writes',
      figures: [
        { name: 'by id', measured: [0.941, 0.938, 0.944, 0.94, 0.942], figure: 0.941 },
        { name: 'lists', measured: [0.812, 0.806, 0.821, 0.809, 0.815], figure: 0.812 },
      ],
    },
    {
      gauge: 'memory-bound',
      title: 'Memory with a full memory tier of 64 MB',
      figures: [{ name: 'RSS (MB)', measured: [231, 236, 229], figure: 231 }],
    },
    {
      gauge: 'observability',
      title: 'What being measured costs',
      figures: [{ name: 'share of processor time', measured: [0.021, 0.019, 0.024, 0.018, 0.02], figure: 0.02 }],
    },
  ],
  leak: {
    points: [
      { requests: 0, heapMb: 61.2, residentMb: 148.9 },
      { requests: 50_000, heapMb: 68.4, residentMb: 193.1 },
      { requests: 100_000, heapMb: 68.9, residentMb: 195.8 },
      { requests: 200_000, heapMb: 69.3, residentMb: 196.4 },
    ],
    heapSlope: 5.7,
    residentSlope: 19.1,
  },
  ...parts,
});

export const PARTS: readonly Part[] = [
  'routes',
  'connections',
  'flows',
  'phases',
  'database',
  'peers',
  'gauges',
  'leak',
];

/** Durations that are spread as they usually are: most near the median, few far above it. */
function latency(p50: number, count = 3000): Latency {
  const [mean, p95, p99, max] = [1.3, 2.4, 4.1, 11].map((times) => round(p50 * times));
  return { count, mean: mean ?? 0, p50, p95: p95 ?? 0, p99: p99 ?? 0, max: max ?? 0 };
}

const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** A route that is read past the cache, and from it. */
const read = (route: string, coldMs: number, warmMs: number, bytes: number): readonly RouteResult[] => [
  {
    route,
    temperature: 'cold',
    arrivals: 100,
    latency: latency(coldMs, 500),
    throughput: Math.round(1800 / coldMs),
    connections: 20,
    hits: 0,
    bytes,
  },
  {
    route,
    temperature: 'warm',
    arrivals: 600,
    latency: latency(warmMs),
    throughput: Math.round(4300 / (warmMs + 0.4)),
    connections: 20,
    hits: 0.998,
    bytes,
  },
];

const written = (route: string, p50: number, bytes: number): RouteResult => ({
  route,
  temperature: 'write',
  arrivals: 50,
  latency: latency(p50, 250),
  throughput: Math.round(1500 / p50),
  connections: 20,
  hits: 0,
  bytes,
});

const ROUTES: readonly RouteResult[] = [
  ...read('GET /organizations', 9.4, 0.92, 3120),
  ...read('GET /organizations/:id', 3.1, 0.61, 412),
  ...read('GET /organizations/:id/summary', 21.7, 0.7, 655),
  ...read('GET /clinics', 11.9, 0.95, 4210),
  ...read('GET /clinics/:id', 3.3, 0.62, 498),
  ...read('GET /clinics/:id, 304', 3.2, 0.55, 0),
  ...read('GET /clinics?search=', 34.5, 1.02, 3980),
  ...read('GET /clinics?status=&sort=name', 14.2, 0.98, 4102),
  ...read('GET /clinics, page 10,000 deep', 12.6, 1.01, 4190),
  ...read('GET /clinics, 304', 11.4, 0.58, 0),
  ...read('GET /assignments/provider/:id/clinics', 8.1, 0.83, 1204),
  ...read('GET /assignments/clinic/:id/staff', 7.7, 0.81, 1530),
  written('POST /organizations', 12.8, 430),
  written('PUT /organizations/:id', 14.1, 428),
  written('POST /auth/token', 18.3, 702),
];

const CONNECTIONS: readonly ConnectionsResult[] = [
  ['mixed reads', 10, 3120],
  ['mixed reads', 20, 3410],
  ['mixed reads', 100, 3560],
  ['mixed reads', 400, 3390],
  ['clinics by id, warm', 10, 4630],
  ['clinics by id, warm', 20, 5120],
  ['clinics by id, warm', 100, 5370],
  ['clinics by id, warm', 400, 5010],
].map(([load, connections, throughput]) => ({
  load: String(load),
  connections: Number(connections),
  throughput: Number(throughput),
  latency: latency(round((800 * Number(connections)) / Number(throughput)), Number(throughput) * 25),
}));

const flow = (name: string, steps: Readonly<Record<string, number>>): FlowResult => ({
  flow: name,
  arrivals: 10,
  latency: latency(round(Object.values(steps).reduce((sum, ms) => sum + ms, 0)), 300),
  steps: Object.entries(steps).map(([step, ms]) => ({ step, latency: latency(ms, 300) })),
});

const crud = (name: string): FlowResult =>
  flow(`CRUD of ${name}`, {
    [`POST /${name}`]: 13.1,
    [`GET /${name}/:id`]: 1.4,
    [`PUT /${name}/:id`]: 14.6,
    [`DELETE /${name}/:id`]: 12.2,
  });

const FLOWS: readonly FlowResult[] = [
  flow('authentication', {
    'POST /auth/token': 18.6,
    'GET /organizations': 1.1,
    'GET /clinics': 1.2,
    'GET /providers': 1.2,
  }),
  ...['organizations', 'clinics', 'providers', 'assignments'].map(crud),
];

/** Noise between -1 and 1 that is the same in each run. */
const noise = (seed: number): number => {
  const turned = Math.sin(seed * 12.9898) * 43_758.5453;
  return 2 * (turned - Math.floor(turned)) - 1;
};

interface Shape {
  readonly phase: string;
  readonly connections: number;
  readonly arrivals?: number;
  readonly seconds: number;
  readonly throughput: number;
  readonly p50: number;
  readonly hits: number;
}

function phase({ seconds, throughput, p50, hits, ...shape }: Shape, from: number): PhaseResult {
  const timeline = Array.from({ length: seconds }, (_, at): Second => {
    const second = from + at;
    // The caches fill in the first phase, and the heap is collected now and then.
    const warm = Math.min(1, second / 12);
    const slow = p50 * (1 + 0.12 * noise(second)) * (2.4 - 1.4 * warm);
    const pause = second % 17 === 11 ? 3 : 1;
    return {
      second,
      throughput: Math.round(throughput * (0.55 + 0.45 * warm) * (1 + 0.05 * noise(second + 0.3))),
      p50: round(slow),
      p95: round(slow * (2.3 + 0.4 * noise(second + 0.5))),
      p99: round(slow * pause * (4.2 + 1.1 * noise(second + 0.7))),
      hits: second === 0 ? null : round(hits * warm, 4),
      residentMb: round(152 + 58 * (1 - Math.exp(-second / 25)) + 2 * noise(second + 0.9), 1),
      heapMb: round(66 + 1.9 * (second % 17) + 2 * noise(second + 0.1), 1),
      eventLoopMs: round((1.6 + throughput / 900) * pause * (1 + 0.2 * noise(second + 0.2))),
    };
  });
  return { ...shape, throughput, latency: latency(p50, throughput * seconds), hits, errors: 0, timeline };
}

const PHASES: readonly PhaseResult[] = [
  phase({ phase: 'warm-up', connections: 20, arrivals: 400, seconds: 20, throughput: 400, p50: 1.2, hits: 0.71 }, 0),
  phase(
    { phase: 'sustained', connections: 50, arrivals: 1200, seconds: 60, throughput: 1200, p50: 1.5, hits: 0.93 },
    20,
  ),
  phase({ phase: 'peak', connections: 400, seconds: 30, throughput: 3300, p50: 96, hits: 0.95 }, 80),
];

const peers = (load: string, connections: number, programs: Readonly<Record<string, number>>): PeersResult => {
  const service = programs['Enterprise Service'] ?? 1;
  return {
    load,
    connections,
    programs: Object.entries(programs).map(([program, median]) => ({
      program,
      rounds: [0.97, 1.02, 1, 0.99, 1.03].map((times) => Math.round(median * times)),
      median,
      serviceRatio: round(service / median, 3),
      processorUs: round(8e5 / median, 1),
      processorRatio: round(service / median, 3),
    })),
  };
};

const PEERS: readonly PeersResult[] = [
  peers('cached list, gzip', 100, {
    'Enterprise Service': 15210,
    'node:http': 31120,
    Fastify: 30480,
    'NestJS on Fastify': 26050,
    'NestJS on Express, as usual': 1640,
  }),
  peers('clinic by id, uncached', 20, {
    'Enterprise Service': 1120,
    'Fastify and driver': 3010,
  }),
];
