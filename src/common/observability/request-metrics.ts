import { Sketch } from './sketch.js';
import { Totals } from './totals.js';
import { type Tally, type WindowClock, Windows } from './windows.js';

/** What became of the requests of one route. */
export class RequestTally implements Tally<RequestTally> {
  readonly durations = new Sketch();
  /** How many answers had each status. */
  readonly statuses = new Map<number, number>();
  /** Of the bodies, as they were sent. */
  bytes = 0;
  /** Commands to the database that were sent for them. */
  queries = 0;
  /** Answers from the cache: `X-Cache: HIT`. */
  hits = 0;

  get count(): number {
    return this.durations.count;
  }

  get empty(): boolean {
    return this.durations.count === 0;
  }

  /** Answers that say that the service failed: 5xx. */
  get errors(): number {
    return [...this.statuses].reduce((sum, [status, count]) => (status >= 500 ? sum + count : sum), 0);
  }

  add(other: RequestTally): void {
    this.durations.add(other.durations);
    for (const [status, count] of other.statuses) this.statuses.set(status, (this.statuses.get(status) ?? 0) + count);
    this.bytes += other.bytes;
    this.queries += other.queries;
    this.hits += other.hits;
  }
}

/** A request whose trace was kept. */
export interface Exemplar {
  readonly traceId: string;
  readonly seconds: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** One route: a method and a template of paths, never a path. */
export class RouteMetrics {
  readonly windows = new Windows(() => new RequestTally());
  /** Some of the latest whose traces were kept. */
  readonly exemplars: Exemplar[] = [];
  /** Such as `GET /api/v1/clinics/{id}`. */
  readonly name: string;

  constructor(
    readonly method: string,
    /** Such as `/api/v1/clinics/{id}`. */
    readonly template: string,
  ) {
    this.name = `${method} ${template}`;
  }

  /** Counts one request; costs a logarithm and a few additions, as it is done for each. */
  record(status: number, ms: number, bytes: number, queries: number, hit = false): void {
    const { current } = this.windows;
    current.durations.record(ms);
    current.statuses.set(status, (current.statuses.get(status) ?? 0) + 1);
    current.bytes += bytes;
    current.queries += queries;
    if (hit) current.hits += 1;
  }

  noteTrace(traceId: string, ms: number): void {
    this.exemplars.push({ traceId, seconds: ms / 1000, at: Date.now() });
    if (this.exemplars.length > MOST_EXEMPLARS) this.exemplars.shift();
  }
}

/** A path of Fastify, with `:id`, as OpenAPI writes it, with `{id}`. */
export const templateOf = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}');

/** The same of a request; one name for all that no route takes, as what clients make up mustn't make metrics. */
export const routeOf = (path: string | undefined): string => (path === undefined ? 'unmatched' : templateOf(path));

const MOST_EXEMPLARS = 8;
/** Of each there may be one: a method that isn't known counts as none. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** The requests of this process, by route. */
export class RequestMetrics {
  private readonly byTemplate = new Map<string | undefined, Map<string, RouteMetrics>>();

  /** The requests of all routes. */
  readonly all = new Totals(
    () => new RequestTally(),
    () => this.routes.map(({ windows }) => windows),
  );

  constructor(clock: WindowClock) {
    clock.onTurn(() => this.all.turn());
  }

  get routes(): readonly RouteMetrics[] {
    return [...this.byTemplate.values()].flatMap((byMethod) => [...byMethod.values()]);
  }

  /**
   * The metrics of a route, made at the first use.
   * @param template as Fastify has it, with `:id`; undefined where no route takes the request
   */
  of(method: string, template: string | undefined): RouteMetrics {
    return this.byTemplate.get(template)?.get(method) ?? this.add(METHODS.has(method) ? method : 'OTHER', template);
  }

  private add(method: string, template: string | undefined): RouteMetrics {
    const byMethod = this.byTemplate.get(template) ?? new Map<string, RouteMetrics>();
    this.byTemplate.set(template, byMethod);
    const made = byMethod.get(method) ?? new RouteMetrics(method, routeOf(template));
    byMethod.set(method, made);
    return made;
  }
}
