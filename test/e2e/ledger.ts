import { Agent, request } from 'node:http';
import type { RequestReport, RouteFigures } from '../../src/modules/performance/reports/metrics-reports.service.js';
import type { ApiClient } from '../support/api-client.js';

/** What became of the requests of one route. */
export interface Counted {
  readonly count: number;
  readonly errors: number;
  readonly refused: number;
  readonly bytes: number;
  readonly hits: number;
  readonly statuses: Readonly<Record<string, number>>;
}

/** By the name of the route, such as `GET /api/v1/clinics/{id}`. */
export type ByRoute<T = Counted> = Readonly<Record<string, T>>;

interface Seen {
  readonly status: number;
  readonly bytes: number;
  readonly hit: boolean;
  readonly ms: number;
}

/** Sends requests as they are, and keeps count of what it got. */
export class Ledger {
  private readonly agent = new Agent({ keepAlive: true });
  private readonly seen = new Map<string, Seen[]>();

  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  /**
   * @param path below `/api/v1`, or with it
   * @param route the template that the service has for the path, or `unmatched`
   * @param options `as`: what the method counts as
   */
  send(
    method: string,
    route: string,
    path: string,
    options: {
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      readonly as?: string;
    } = {},
  ): Promise<{ readonly status: number; readonly etag: string }> {
    const { body, as = method, headers } = options;
    const type =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(body.length) };
    const all = { authorization: `Bearer ${this.key}`, ...type, ...headers };
    const begun = performance.now();
    return new Promise((resolve, reject) => {
      const asked = request(this.url, {
        method,
        agent: this.agent,
        headers: all,
        path: path.startsWith('/api/') ? path : `/api/v1${path}`,
      });
      asked.on('error', reject);
      asked.on('response', (answer) => {
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
        });
        answer.on('error', reject);
        answer.on('end', () => {
          const { statusCode: status = 0 } = answer;
          const hit = answer.headers['x-cache'] === 'HIT';
          this.note(`${as} ${route}`, status, bytes, { hit, ms: performance.now() - begun });
          resolve({ status, etag: answer.headers.etag ?? '' });
        });
      });
      asked.end(body);
    });
  }

  /** Keeps count of what was sent by somebody else. */
  note(name: string, status: number, bytes: number, { hit = false, ms = 0 } = {}): void {
    this.seen.set(name, [...(this.seen.get(name) ?? []), { status, bytes, hit, ms }]);
  }

  counted(): ByRoute {
    return Object.fromEntries([...this.seen].map(([name, seen]) => [name, countedOf(seen)]));
  }

  /** How long it has waited for answers of the route, in ms, each for itself. */
  waited(name: string): readonly number[] {
    return (this.seen.get(name) ?? []).map(({ ms }) => ms);
  }

  close(): void {
    this.agent.destroy();
  }
}

function countedOf(seen: readonly Seen[]): Counted {
  const statuses: Record<string, number> = {};
  for (const { status } of seen) statuses[status] = (statuses[status] ?? 0) + 1;
  const between = (least: number, most: number) => seen.filter(({ status }) => status >= least && status < most).length;
  return {
    count: seen.length,
    errors: between(500, 600),
    refused: between(400, 500),
    bytes: seen.reduce((sum, { bytes }) => sum + bytes, 0),
    hits: seen.filter(({ hit }) => hit).length,
    statuses,
  };
}

const REPORTS = 'GET /api/v1/performance/metrics/';

/** By how much the service's own counts grow while the work is done, once there are as many as expected. */
export async function grownDuring(
  api: ApiClient,
  work: () => Promise<unknown>,
  expected: () => number,
): Promise<ByRoute> {
  const routes = async () =>
    (await api.get<RequestReport>('/performance/metrics/summary', { window: 'start' })).body.routes;
  const before = await routes();
  await work();
  // The client may have the last byte before the server knows that it has sent it.
  for (let tries = 0; ; tries += 1) {
    const grown = growth(before, await routes());
    const count = Object.values(grown).reduce((sum, route) => sum + route.count, 0);
    if (count >= expected() || tries === 50) return grown;
  }
}

/** But for the reports' own. */
function growth(before: readonly RouteFigures[], after: readonly RouteFigures[]): ByRoute {
  const name = ({ method, route }: RouteFigures) => `${method} ${route}`;
  const grown = after.map((now): [string, Counted] => {
    const then = before.find((route) => name(route) === name(now));
    const more = (figure: 'count' | 'errors' | 'refused' | 'bytes' | 'hits') => now[figure] - (then?.[figure] ?? 0);
    const statuses = Object.entries(now.statuses).map(
      ([status, count]) => [status, count - (then?.statuses[status] ?? 0)] as const,
    );
    return [
      name(now),
      {
        ...{ count: more('count'), errors: more('errors'), refused: more('refused') },
        ...{ bytes: more('bytes'), hits: more('hits') },
        statuses: Object.fromEntries(statuses.filter(([, count]) => count !== 0)),
      },
    ];
  });
  return Object.fromEntries(grown.filter(([route, { count }]) => count > 0 && !route.startsWith(REPORTS)));
}
