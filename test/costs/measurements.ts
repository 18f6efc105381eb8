import { Redis } from 'ioredis';
import { Cache } from '../../src/common/cache/create-cache.js';
import { Authenticator } from '../../src/modules/auth/authenticator.js';
import type { TestService } from '../support/service.js';
import type { Costs } from './cost-table.js';
import type { CostedRequest } from './costed-requests.js';
import type { Ids, MeasuredDirectory } from './measured-directory.js';
import { queryFigures } from './query-figures.js';
import { RequestMeter } from './request-meter.js';
import type { StillClock } from './still-clock.js';

/** Longer than a confirmed entry is served without asking, shorter than a credential is known. */
const LEASE_IS_OVER_MS = 10;
/** Longer than what the rate limiter took ahead is good for. */
const NOTHING_IS_AHEAD_MS = 2_000;

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

/** Makes requests of the service, one at a time, and measures what they cost. */
export class Measurements {
  private readonly meter: RequestMeter;

  constructor(
    private readonly service: TestService,
    private readonly directory: MeasuredDirectory,
    private readonly clock: StillClock,
  ) {
    this.meter = new RequestMeter(service);
  }

  /**
   * A read while nothing is cached; the same when its answer has to be confirmed, as most hits have; once more at that
   * moment, as a busy client asks; and for a client that wants nothing cached.
   */
  async read(costed: CostedRequest): Promise<Readonly<Record<'cold' | 'warm' | 'hot' | 'fresh', Costs>>> {
    const sent = await this.sentFor(costed);
    await this.begin(costed, sent);
    const cold = await this.measure(sent);
    this.clock.move(LEASE_IS_OVER_MS);
    this.clock.moveDate(NOTHING_IS_AHEAD_MS);
    const warm = await this.measure(sent);
    // The second of a moment takes from the quota ahead.
    await this.ask(sent);
    const hot = await this.measure(sent);
    const fresh = await this.measure({ ...sent, headers: { ...sent.headers, 'cache-control': 'no-cache' } });
    return { cold, warm, hot, fresh };
  }

  /** A write; the data is afterwards what it was before. */
  async write(costed: CostedRequest): Promise<Costs> {
    const sent = await this.sentFor(costed);
    await this.begin(costed, sent);
    return this.measure(sent, () => this.directory.restore());
  }

  /** Signs in, unless that is to be measured too, and empties the cache. */
  private async begin({ note }: CostedRequest, sent: Sent): Promise<void> {
    const { app, db } = this.service;
    const path = `/organizations/${this.directory.ids.organization}?fields=slug`;
    // What a process asks for once, such as its signing keys, is nobody's cost.
    if (note === 'signing in') await this.ask(sent);
    app.get(Authenticator).forget();
    if (note !== 'signing in') await this.ask({ method: 'GET', path, headers: sent.headers });
    app.get(Cache).memory.clear();
    const redis = app.get(Redis);
    const entries = await redis.keys(`${db.databaseName}:entry:*`);
    if (entries.length > 0) await redis.del(...entries);
    this.clock.moveDate(NOTHING_IS_AHEAD_MS);
  }

  private async measure(sent: Sent, restore: () => Promise<void> = async () => undefined): Promise<Costs> {
    const { result, metered } = await this.meter.during(() => this.ask(sent));
    if ('if-none-match' in sent.headers && result.status !== 304) throw new Error(`${sent.path} is said to be changed`);
    // What the queries cost is asked of the data that they found.
    await restore();
    const { keys, documents, rows, rowBytes } = await queryFigures(this.service.db, metered.database);
    return {
      database: counted(metered.database.map(lineOf)),
      keys,
      documents,
      rows,
      'row bytes': rowBytes,
      redis: counted(metered.redis),
      'round trips': metered.redisTrips,
      'body bytes': result.bytes.length,
    };
  }

  private async sentFor({ request, note, body }: CostedRequest): Promise<Sent> {
    const { ids, key, platformKey } = this.directory;
    const [method = '', template = ''] = request.split(' ');
    const credential = note === 'by the platform' ? platformKey : key;
    const authorization = `Bearer ${credential.key}`;
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const isToken = template === '/auth/token';
    const sent = {
      method,
      path: filled(template, ids),
      headers: {
        authorization: isToken ? `Basic ${Buffer.from(`${key.id}:${key.key}`).toString('base64')}` : authorization,
        'accept-encoding': 'identity',
        ...(body && { 'content-type': type }),
      },
      ...(body && { body: JSON.stringify(body(ids)) }),
    };
    if (note === 'unchanged') {
      const { headers } = await this.ask(sent);
      return { ...sent, headers: { ...sent.headers, 'if-none-match': headers.get('etag') ?? '' } };
    }
    const [firstPage = '', rest] = sent.path.split('&cursor={cursor}');
    if (rest === undefined) return sent;
    const { bytes } = await this.ask({ ...sent, path: firstPage });
    return { ...sent, path: `${firstPage}&cursor=${JSON.parse(bytes.toString()).page.nextCursor}` };
  }

  private async ask({ path, ...options }: Sent): Promise<Received> {
    const answer = await fetch(`${this.service.url}/api/v1${path}`, options);
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (answer.status >= 400) throw new Error(`${options.method} ${path} answered ${answer.status}: ${bytes}`);
    return { status: answer.status, headers: answer.headers, bytes };
  }
}

const filled = (template: string, ids: Ids): string =>
  Object.entries(ids).reduce((path, [name, id]) => path.replace(`{${name}}`, id), template);

const lineOf = ({ name, command }: { readonly name: string; readonly command: Record<string, unknown> }): string =>
  typeof command[name] === 'string' ? `${name} ${command[name]}` : name;

/** In their order, with equal ones in a row as one and how often. */
function counted(names: readonly string[]): string {
  const runs: { readonly name: string; times: number }[] = [];
  for (const name of names) {
    const last = runs.at(-1);
    if (last?.name === name) last.times += 1;
    else runs.push({ name, times: 1 });
  }
  return runs.map(({ name, times }) => (times === 1 ? name : `${times} x ${name}`)).join(', ');
}
