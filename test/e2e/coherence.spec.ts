import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/api-client.js';
import { clientOf, makeKey } from '../support/principals.js';
import { startService, type TestService } from '../support/service.js';
import { untilAnswer } from '../support/until.js';
import { CACHED_ROUTES, makePractice, type Practice, ROUTES_OF_ALL, ROUTES_OF_PRACTICE } from './cached-routes.js';
import { WRITES } from './shown-writes.js';

let writer: TestService;
/** Another process over the same database. */
let reader: TestService;
beforeAll(async () => {
  writer = await startService({ RATE_LIMIT_TENANT_PER_MINUTE: '0' });
  reader = await startService({ MONGODB_DATABASE: writer.db.databaseName, RATE_LIMIT_TENANT_PER_MINUTE: '0' });
});
afterAll(async () => {
  await reader.stop();
  await writer.stop();
});

/** What the answers of these routes say, without what differs each time that it is read. */
async function answersOf(api: ApiClient, routes: typeof CACHED_ROUTES, practice: Practice, headers = {}) {
  const answers = await Promise.all(
    Object.entries(routes).map(async ([name, pathOf]) => {
      const { status, headers: got, body } = await api.get(pathOf(practice), {}, headers);
      const { page, ...shown } = body;
      const total: unknown = Object(page)['total'];
      return [name, { cache: got.get('x-cache'), shown: JSON.stringify([status, shown, total]) }] as const;
    }),
  );
  return new Map(answers);
}

const FRESH = { 'cache-control': 'no-cache' };
type Answers = Awaited<ReturnType<typeof answersOf>>;

const outcomesOf = (all: readonly Answers[]) =>
  new Set(all.flatMap((each) => [...each.values()].map(({ cache }) => cache)));

/** On a busy machine the cache may stand aside for a moment: what it holds is seen when it serves again. */
const unlessItStandsAside = async (ask: () => Promise<readonly Answers[]>): Promise<readonly Answers[]> =>
  (await untilAnswer(ask, (all) => !outcomesOf(all).has('BYPASS'))).answer;

const textsOf = (answers: Answers) => Object.fromEntries([...answers].map(([name, { shown }]) => [name, shown]));

describe.each(Object.entries(WRITES))('when %s on one process, the other', (name, { given, run, shownBy }) => {
  /** Everything that another process has in its memory of the practice and of another one. */
  async function known() {
    const [practice, bystander] = [await makePractice(writer.api), await makePractice(writer.api)];
    await given?.(practice, writer);
    const keyOf = async ({ organization }: Practice) => (await makeKey(writer, organization.id, 'admin')).key;
    const [own, other] = [clientOf(reader, await keyOf(practice)), clientOf(reader, await keyOf(bystander))];
    const ofTenant = { ...ROUTES_OF_PRACTICE, ...ROUTES_OF_ALL };
    const views = [
      { api: reader.api, routes: CACHED_ROUTES, practice },
      ...(name.startsWith('an organization is archived') ? [] : [{ api: own, routes: ofTenant, practice }]),
    ];
    const unrelated = [
      { api: other, routes: ofTenant, practice: bystander },
      { api: reader.api, routes: ROUTES_OF_PRACTICE, practice: bystander },
    ];
    const ask = (asked: typeof views, headers = {}) =>
      Promise.all(asked.map(({ api, routes, practice: whose }) => answersOf(api, routes, whose, headers)));
    await untilAnswer(
      () => ask([...views, ...unrelated]),
      (all) => [...outcomesOf(all)].every((outcome) => outcome === 'HIT'),
    );
    return { practice, views, unrelated, ask };
  }

  it('shows it at once wherever it can be seen, and keeps what has nothing to do with it', async () => {
    const { practice, views, unrelated, ask } = await known();
    const before = await ask(views);
    await run(practice, writer);
    const after = await ask(views);
    const fresh = await ask(views, FRESH);
    for (const [at, answers] of after.entries()) {
      expect(textsOf(answers)).toEqual(textsOf(fresh[at] ?? new Map()));
      const changed = [...answers].filter(([route, { shown }]) => shown !== before[at]?.get(route)?.shown);
      expect(changed.map(([route]) => route).toSorted()).toEqual(
        [...new Set(shownBy)].filter((route) => answers.has(route)).toSorted(),
      );
    }
    for (const answers of await unlessItStandsAside(() => ask(unrelated))) {
      expect([...answers].filter(([, { cache }]) => cache !== 'HIT')).toEqual([]);
    }
  });
});
