import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PLANS_LIKE_MONGOD } from '../support/explain.js';
import { startService, type TestService } from '../support/service.js';
import { type Costs, differences, readTable, rowOf, writeTable } from './cost-table.js';
import { type CostedRequest, nameOf, READS, routeOf, WRITES } from './costed-requests.js';
import { MeasuredDirectory } from './measured-directory.js';
import { Measurements } from './measurements.js';
import { StillClock } from './still-clock.js';

/*
 * What each route costs, against the table in request-costs.json. A line that changes there changes the service's speed:
 * argue for it. `npm run costs:update` writes the table anew.
 *
 * cold: nothing is cached, but who asks is known. warm: the same again, when what is cached has to be confirmed.
 *
 * All of it is counted and nothing is timed, over data that is always the same and by a clock that stands still, so that
 * no machine is too slow for it. What MongoDB examines is what the tests' server (SecantusDB) explains, which plans as
 * mongod does: see query-figures.ts.
 */
const UPDATES = process.env['COSTS'] === 'update';
if (UPDATES && (process.env['CI'] !== undefined || !PLANS_LIKE_MONGOD))
  throw new Error('The table is written neither in CI nor over a MongoDB that does not plan as mongod does');

let clock: StillClock;
let service: TestService;
let measurements: Measurements;
beforeAll(async () => {
  clock = new StillClock();
  // A sample of the writes is read back otherwise. The limit is drawn from as ever, and never reached.
  service = await startService({ CACHE_SAMPLE_EVERY: '0', RATE_LIMIT_TENANT_PER_MINUTE: '1000000' });
  measurements = new Measurements(service, await MeasuredDirectory.make(service, clock), clock);
}, 200_000);
afterAll(async () => {
  clock.release();
  await service.stop();
});

const named = (requests: readonly CostedRequest[]) => requests.map((request) => [nameOf(request), request] as const);

const table = readTable();
const measured = new Map<string, string>();

/** What is wrong with the row; nothing while the table is written anew. */
function judge(name: string, costs: Costs): readonly string[] {
  const row = rowOf(costs);
  measured.set(name, row);
  // What a server examines that has plans of its own says nothing.
  return UPDATES ? [] : differences(name, table[name], row, PLANS_LIKE_MONGOD ? [] : ['keys', 'documents']);
}

describe('the cost is that of the table:', () => {
  it.each(named(READS))('%s', async (name, request) => {
    const { cold, warm, hot, fresh } = await measurements.read(request);
    expect([...judge(`${name} cold`, cold), ...judge(`${name} warm`, warm)]).toEqual([]);
    // A busy client's hits need nobody, and who wants nothing cached costs what the first did.
    expect(rowOf(hot)).toBe(rowOf({ 'body bytes': warm['body bytes'] ?? 0 }));
    if (request.note === undefined) expect(fresh['database']).toBe(cold['database']);
  });

  it.each(named(WRITES))('%s', async (name, request) => {
    expect(judge(name, await measurements.write(request))).toEqual([]);
  });
});

describe('the table', () => {
  const names = [...named(READS).flatMap(([name]) => [`${name} cold`, `${name} warm`]), ...WRITES.map(nameOf)];

  it('has a row for what is measured, and for nothing else', () => {
    if (UPDATES) writeTable(names.map((name) => [name, measured.get(name) ?? '']));
    expect(Object.keys(readTable())).toEqual(names);
  });

  it('has all routes of the resources and of tokens', async () => {
    const { body } = await service.api.get<{ readonly paths: Readonly<Record<string, object>> }>('/openapi.json');
    const served = Object.entries(body.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace('/api/v1', '')}`),
    );
    const costly = /^(?:GET|POST|PUT|PATCH|DELETE) \/(?:organizations|clinics|providers|assignments|auth\/token)\b/;
    const routes = new Set([...READS, ...WRITES].map(routeOf));
    expect(served.filter((route) => costly.test(route)).toSorted()).toEqual([...routes].toSorted());
  });
});
