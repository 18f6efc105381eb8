import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Document } from 'mongodb';
import type { Connection } from 'mongoose';
import { createIndexes } from '../../src/common/database/index-check.js';
import { rangeReads } from '../../src/common/lists/list-reader.js';
import type { IndexSpec } from '../../src/common/resource/index-spec.js';
import { declaredIndexes } from '../../src/schemas/index.js';
import { type Crowd, crowd } from '../properties/crowded-directory.js';
import {
  type AskedPage,
  coveredFields,
  filterOf,
  LISTS,
  type List,
  matching,
  pages,
  queries,
} from '../properties/list-pages.js';
import { PAST_THE_CACHE } from '../support/api-client.js';
import { startMonitoredService } from '../support/command-log.js';
import { type Explained, explain, explainRead, faults, PLANS_LIKE_MONGOD } from '../support/explain.js';

/*
 * Explains, on thousands of rows, everything that the service asks MongoDB: the lists by the code that reads them,
 * the rest by the commands that the driver was seen to send.
 *
 * What the stand-in (SecantusDB) distorts, and mongod doesn't:
 * - an aggregation's count is shown with a FETCH, where mongod counts keys alone: so counts are held to their keys;
 * - a filter that the index's bounds don't express, and `$or`, are executed by a scan although explain reports an
 *   index: so nothing here relies on them, and every list's filter must be bounds (keys = rows);
 * - times are of no meaning, and none is looked at.
 */
const describePlans = PLANS_LIKE_MONGOD ? describe : describe.skip;

let service: Awaited<ReturnType<typeof startMonitoredService>>;
let rows: Crowd;
beforeAll(async () => {
  service = await startMonitoredService();
  rows = await crowd(service.db);
});
afterAll(() => service.stop());

describePlans.each(LISTS)('$called', (list) => {
  it('is read by an index alone, wherever the page begins', async () => {
    const asked = queries(list, rows).flatMap((query) => pages(list, rows, query));
    expect(await faultsOf(list, asked)).toEqual([]);
  });

  const fields = coveredFields(list.shape);
  if (fields !== undefined) {
    it('reads no document where the index has the fields', async () => {
      const read: string[] = [];
      for (const page of queries(list, rows).flatMap((query) => pages(list, rows, query, { fields }).slice(0, 3))) {
        const { documents, stages } = await explainPage(list, page);
        if (documents > 0 || !stages.includes('PROJECTION_COVERED')) read.push(`${page.from}: ${documents} documents`);
      }
      expect(read).toEqual([]);
    });
  }

  it('is counted by an index alone', async () => {
    for (const query of queries(list, rows).filter(({ sort }) => sort?.startsWith('-'))) {
      const sent = await sentBy(() =>
        service.api.get(list.path, { ...query, limit: '1', count: 'exact' }, PAST_THE_CACHE),
      );
      const plan = await explain(service.db, sent.find((command) => 'aggregate' in command) ?? {});
      // With all of a range counted, mongod looks at one key past its end.
      expect(faults(plan, matching(list, rows, filterOf(list, query)).length + 1)).toEqual([]);
    }
  });
});

async function faultsOf(list: List, asked: readonly AskedPage[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const page of asked) {
    const { limit, page: number = 1 } = page.request;
    const plan = await explainPage(list, page);
    const found = [
      ...faults(plan, number * limit + 1),
      ...plan.residual.map((filter) => `tries ${filter} on documents`),
    ];
    wrong.push(...found.map((fault) => `${page.asked} ${page.from}: ${fault}`));
  }
  return wrong;
}

/** One page's reads, as the service does them: the second range only when the first has not filled the page. */
async function explainPage({ collection }: List, { request, position }: AskedPage): Promise<Explained> {
  const plans: Explained[] = [];
  for (const read of rangeReads(request, position)) {
    const limit = read.limit - total(plans, 'matched');
    if (limit > 0) plans.push(await explainRead(service.db, collection, { ...read, limit }));
  }
  return {
    stages: plans.flatMap(({ stages }) => stages),
    indexes: plans.flatMap(({ indexes }) => indexes),
    residual: plans.flatMap(({ residual }) => residual),
    keys: total(plans, 'keys'),
    documents: total(plans, 'documents'),
    matched: total(plans, 'matched'),
  };
}

const total = (plans: readonly Explained[], of: 'keys' | 'documents' | 'matched'): number =>
  plans.reduce((sum, plan) => sum + plan[of], 0);

describePlans('what the service asks by itself', () => {
  /** The ids of a big tenant, and of the clinic and the provider in it that have the most assignments. */
  const busy = () => {
    const [one] = rows['provider_clinic_assignments'] ?? [];
    const [organization, clinic, provider] = [one?.['organizationId'], one?.['clinicId'], one?.['providerId']];
    return { organization, clinic, provider, assignment: one?.['_id'] };
  };

  /** Requests of every kind, the last of which archive what the others are about. */
  const requests = (): readonly (readonly [string, string, object?])[] => {
    const { organization, clinic, provider, assignment } = busy();
    return [
      ['GET', `/organizations/${organization}`],
      ['GET', `/organizations/${organization}/summary`],
      ['PATCH', `/organizations/${organization}`, { name: 'Renamed' }],
      ['DELETE', `/organizations/${organization}`],
      ['POST', '/clinics', { organizationId: organization, name: 'New', code: 'NEW' }],
      ['PATCH', `/clinics/${clinic}`, { name: 'Renamed' }],
      ['DELETE', `/clinics/${clinic}`],
      ['POST', '/providers', { organizationId: organization, firstName: 'Ana', lastName: 'New' }],
      ['DELETE', `/providers/${provider}`],
      ['GET', `/assignments/provider/${provider}/clinics?limit=100`],
      ['GET', `/assignments/clinic/${clinic}/staff?limit=100`],
      ['POST', '/assignments', { providerId: provider, clinicId: clinic, role: 'dentist' }],
      ['PATCH', `/assignments/${assignment}`, { role: 'hygienist' }],
      ['DELETE', `/assignments/${assignment}`],
      ['DELETE', `/clinics/${clinic}?cascade=true`],
      ['DELETE', `/providers/${provider}?cascade=true`],
      ['DELETE', `/organizations/${organization}?cascade=true`],
    ];
  };

  it('is answered by an index alone', async () => {
    const wrong: string[] = [];
    for (const [method, path, body] of requests()) {
      const sent = await sentBy(() => service.api.request(method, path, body && { body }));
      for (const command of sent.flatMap(planned)) {
        const plan = await explain(service.db, command);
        // Of one record that was found by its id, anything may be asked; of many, only what the index knows.
        const tried = plan.indexes.every((name) => name === '_id_') ? [] : plan.residual;
        const found = [
          ...faults(plan, plan.matched + intervals(command)),
          ...tried.map((filter) => `tries ${filter} on documents`),
        ];
        wrong.push(...found.map((fault) => `${method} ${path}: ${JSON.stringify(command).slice(0, 200)} ${fault}`));
      }
    }
    expect(wrong).toEqual([]);
  });

  /** Those of its parts that have a plan of their own. */
  const planned = (command: Document): Document[] => {
    if ('insert' in command || 'commitTransaction' in command || 'abortTransaction' in command) return [];
    const stages: readonly Document[] = command['pipeline'] ?? [];
    const lookups = stages.flatMap(({ $lookup }) => $lookup ?? []);
    return [
      { ...command, ...(lookups.length > 0 && { pipeline: stages.slice(0, 1) }) },
      ...lookups.map(({ from, pipeline }) => ({ aggregate: from, pipeline, cursor: {} })),
    ];
  };

  /** Between two ranges of one `$in`, and after the last, a key is looked at that is in none. */
  const intervals = (command: Document): number => {
    const text = JSON.stringify(command);
    return text.includes('"$in"') ? (text.match(/"\$in":\[([^\]]*)\]/)?.[1]?.split(',').length ?? 0) + 1 : 1;
  };
});

/** What belongs to a command's session or server, and so can't be explained with it. */
const NOT_OF_THE_QUERY = new Set(
  'lsid $clusterTime txnNumber startTransaction autocommit $db readConcern writeConcern maxTimeMS'.split(' '),
);

/** The commands that the request makes the service send. */
async function sentBy(request: () => Promise<unknown>): Promise<Document[]> {
  return (await service.commands.during(request)).map(({ command }) =>
    Object.fromEntries(Object.entries(command).filter(([key]) => !NOT_OF_THE_QUERY.has(key))),
  );
}

describe('an index', () => {
  const declared = declaredIndexes.flatMap(({ collection, indexes }) =>
    indexes.map((index) => ({ collection, index, name: `${collection}.${index.name}` })),
  );
  const keysOf = ({ keys }: IndexSpec): string => Object.entries(keys).join(' ');

  it.each(declared)('$name is no prefix of another', ({ collection, index }) => {
    const others = declared.filter((other) => other.collection === collection && other.index !== index);
    expect(others.filter((other) => `${keysOf(other.index)} `.startsWith(`${keysOf(index)} `))).toEqual([]);
  });

  it.each(declared)('$name serves a list, keeps something unique or removes what is over', ({ index }) => {
    expect(
      index.unique === true ||
        index.expireAfterSeconds !== undefined ||
        LISTS.some(({ shape }) => shape.index === index),
    ).toBe(true);
  });
});

describePlans('these tests', () => {
  const lost = LISTS.filter(({ shape }) => shape.sort !== undefined);

  it.each(lost)('notice when $called loses its index', async (list) => {
    await service.db.collection(list.collection).dropIndex(list.shape.index.name);
    try {
      const rare = queries(list, rows).at(-1) ?? {};
      expect(await faultsOf(list, pages(list, rows, rare))).not.toEqual([]);
    } finally {
      await createIndexes(service.app.get<Connection>(getConnectionToken()), declaredIndexes);
    }
  });
});
