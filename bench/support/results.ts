/**
 * What a run of the benchmarks has found: `bench/results/latest.json`, from which the budgets are checked, the page of plots is made
 * and PERFORMANCE.md is written. Durations are in milliseconds, memory in megabytes (10^6 bytes), shares between 0 and 1.
 */
export interface Results {
  readonly format: 1;
  /** When the run began (ISO 8601). */
  readonly at: string;
  readonly tookSeconds: number;
  /** The commit that was measured, with `+` after it when the tree had changes. */
  readonly commit: string;
  readonly machine: Machine;
  readonly data: Data;
  /** Of one round, and how many of them. */
  readonly seconds: number;
  readonly rounds: number;
  /** Each route, at a fixed rate of arrivals for its latency, and in a closed loop for its throughput. */
  readonly routes?: readonly RouteResult[] | undefined;
  /** Throughput in a closed loop by the number of connections. */
  readonly connections?: readonly ConnectionsResult[] | undefined;
  /** What a client does one after the other. */
  readonly flows?: readonly FlowResult[] | undefined;
  /** A mixed load that grows: what it looks like second by second. */
  readonly phases?: readonly PhaseResult[] | undefined;
  /** What the service has waited for its database, by kind of query. */
  readonly database?: readonly DatabaseResult[] | undefined;
  /** Programs that answer the same bytes to the same load, in turn. */
  readonly peers?: readonly PeersResult[] | undefined;
  /** Everything that is a figure of its own: hit rates, sizes, the cost of being measured. */
  readonly gauges?: readonly GaugeResult[] | undefined;
  readonly leak?: LeakResult | undefined;
}

/** The parts of a run, each of which can be run alone. */
export type Part = 'routes' | 'connections' | 'flows' | 'phases' | 'database' | 'peers' | 'gauges' | 'leak';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  /** Such as `mongod 8.0` or `SecantusDB (stand-in)`. */
  readonly mongodb: string;
  readonly redis: string;
}

export interface Data {
  readonly organizations: number;
  readonly clinics: number;
  readonly providers: number;
  readonly assignments: number;
}

/** Durations of answers, from when each was due to be asked for: what waits in a queue is waited for. */
export interface Latency {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** `cold`: past the cache; `warm`: from it. A write is neither. */
export type Temperature = 'cold' | 'warm' | 'write';

export interface RouteResult {
  /** Such as `GET /clinics/:id`, with what is special about it: `GET /clinics?search=`. */
  readonly route: string;
  readonly temperature: Temperature;
  /** Requests that arrived in a second while latency was measured. */
  readonly arrivals: number;
  readonly latency: Latency;
  /** Answers in a second, in a closed loop. */
  readonly throughput: number;
  readonly connections: number;
  /** Share of the answers that came from the cache. */
  readonly hits: number;
  /** Of the body of an answer, as it is sent (gzip). */
  readonly bytes: number;
}

export interface ConnectionsResult {
  readonly load: string;
  readonly connections: number;
  readonly throughput: number;
  readonly latency: Latency;
}

export interface FlowResult {
  readonly flow: string;
  /** Flows begun in a second. */
  readonly arrivals: number;
  /** Of the flow as a whole. */
  readonly latency: Latency;
  readonly steps: readonly { readonly step: string; readonly latency: Latency }[];
}

export interface PhaseResult {
  readonly phase: string;
  readonly connections: number;
  /** Requests that arrive in a second; none in a closed loop. */
  readonly arrivals?: number;
  readonly throughput: number;
  readonly latency: Latency;
  readonly hits: number;
  /** Share of the answers with an unexpected status, and of those that never came. */
  readonly errors: number;
  readonly timeline: readonly Second[];
}

/** One second of a phase. What nothing was measured of is null. */
export interface Second {
  /** From the beginning of the first phase. */
  readonly second: number;
  readonly throughput: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly hits: number | null;
  readonly residentMb: number | null;
  readonly heapMb: number | null;
  /** Delay of the event loop, p99. */
  readonly eventLoopMs: number | null;
}

export interface DatabaseResult {
  readonly kind: 'by id' | 'list' | 'aggregation' | 'count';
  readonly shape: string;
  readonly count: number;
  readonly p95: number;
}

export interface PeersResult {
  readonly load: string;
  readonly connections: number;
  readonly programs: readonly {
    readonly program: string;
    /** Answers in a second, of each round. */
    readonly rounds: readonly number[];
    readonly median: number;
    /** Median of the service over that of this program. */
    readonly serviceRatio: number;
    /** Processor time of an answer, in microseconds; the median of the rounds. null where the system doesn't tell. */
    readonly processorUs: number | null;
    /** That of this program over that of the service: the ratio of what both could give if the client took no time. */
    readonly processorRatio: number | null;
  }[];
}

export interface GaugeResult {
  /** As `--only` takes it. */
  readonly gauge: string;
  readonly title: string;
  readonly figures: readonly {
    readonly name: string;
    /** Of each round, or of each process. */
    readonly measured: readonly number[];
    /** What they come to. */
    readonly figure: number;
  }[];
}

export interface LeakResult {
  /** After a collection of garbage, at each number of requests. */
  readonly points: readonly { readonly requests: number; readonly heapMb: number; readonly residentMb: number }[];
  /** Of the line that fits best, after the first point, in bytes a request. */
  readonly heapSlope: number;
  readonly residentSlope: number;
}
