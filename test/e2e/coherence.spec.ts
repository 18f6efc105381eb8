import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runAsService } from '../../src/common/context/request-context.js';
import { ClinicsService } from '../../src/modules/clinics/clinics.service.js';
import { OrganizationsService } from '../../src/modules/organizations/organizations.service.js';
import type { ApiClient } from '../support/api-client.js';
import { Directory } from '../support/directory.js';
import { clientOf, makeKey } from '../support/principals.js';
import { startService, type TestService } from '../support/service.js';
import { CACHED_ROUTES, makePractice, type Practice, ROUTES_OF_ALL, ROUTES_OF_PRACTICE } from './cached-routes.js';

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

interface Write {
  /** What must be there before. */
  readonly given?: (practice: Practice, directory: Directory) => Promise<unknown>;
  readonly run: (practice: Practice, api: ApiClient) => Promise<unknown>;
  /** Names of the routes that show something else from then on. */
  readonly shownBy: readonly string[];
}

const CLINIC = ['a clinic', "an organization's clinics", 'the clinics of a provider', 'all clinics'];
const PROVIDER = ['a provider', "an organization's providers", 'the staff of a clinic', 'all providers'];
const PAGES = ['the clinics of a provider', 'the staff of a clinic'];
const ASSIGNMENTS = [
  ...["an organization's assignments", "a clinic's assignments", "a provider's assignments", 'all assignments'],
  ...PAGES,
];
const ORGANIZATION = ['an organization', 'the summary of an organization', 'all organizations'];
const SUMMARY = 'the summary of an organization';
const NAME = 'some fields of a clinic';
const CASCADE = { cascade: true };

const bodyOf = ({ id: _, version: __, createdAt: ___, updatedAt: ____, ...body }: Practice['clinic']) => body;
const clinicBody = ({ organization: { id } }: Practice) => ({ organizationId: id, name: 'New', code: 'NEW' });

const WRITES: Readonly<Record<string, Write>> = {
  'a clinic is made': {
    run: (practice, api) => api.post('/clinics', clinicBody(practice)),
    shownBy: ["an organization's clinics", 'all clinics', SUMMARY],
  },
  'a clinic is renamed': {
    run: ({ clinic }, api) => api.patch(`/clinics/${clinic.id}`, { name: 'Renamed' }),
    shownBy: [...CLINIC, NAME],
  },
  'a clinic is replaced': {
    run: ({ clinic }, api) =>
      api.put(`/clinics/${clinic.id}`, { ...bodyOf(clinic), name: 'Replaced', status: 'inactive' }),
    shownBy: [...CLINIC, NAME, SUMMARY],
  },
  'a clinic is archived with its assignments': {
    run: ({ clinic }, api) => api.delete(`/clinics/${clinic.id}`, CASCADE),
    shownBy: ['a clinic', "an organization's clinics", 'all clinics', 'an assignment', ...ASSIGNMENTS, SUMMARY],
  },
  'a clinic comes back': {
    given: async ({ clinic }) => writer.api.delete(`/clinics/${clinic.id}`, CASCADE),
    run: ({ clinic }, api) => api.patch(`/clinics/${clinic.id}`, { status: 'active' }),
    shownBy: ['a clinic', "an organization's clinics", 'all clinics', SUMMARY],
  },
  'a provider is made': {
    run: ({ organization: { id } }, api) =>
      api.post('/providers', { organizationId: id, firstName: 'Zoë', lastName: 'New' }),
    shownBy: ["an organization's providers", 'all providers', SUMMARY],
  },
  'a provider is renamed': {
    run: ({ provider }, api) => api.patch(`/providers/${provider.id}`, { lastName: 'Renamed' }),
    shownBy: PROVIDER,
  },
  'a provider is archived with the assignments': {
    run: ({ provider }, api) => api.delete(`/providers/${provider.id}`, CASCADE),
    shownBy: ['a provider', "an organization's providers", 'all providers', 'an assignment', ...ASSIGNMENTS, SUMMARY],
  },
  'an assignment is made': {
    given: ({ assignment }) => writer.api.delete(`/assignments/${assignment.id}`),
    run: ({ provider, clinic }, api) =>
      api.post('/assignments', { providerId: provider.id, clinicId: clinic.id, role: 'hygienist' }),
    shownBy: [...ASSIGNMENTS, SUMMARY],
  },
  'an assignment changes': {
    run: ({ assignment }, api) => api.patch(`/assignments/${assignment.id}`, { role: 'hygienist' }),
    shownBy: ['an assignment', ...ASSIGNMENTS],
  },
  'an assignment is replaced': {
    run: ({ assignment }, api) => api.put(`/assignments/${assignment.id}`, { role: 'hygienist', isPrimary: true }),
    shownBy: ['an assignment', ...ASSIGNMENTS],
  },
  'an assignment ends': {
    run: ({ assignment }, api) => api.delete(`/assignments/${assignment.id}`),
    shownBy: ['an assignment', ...ASSIGNMENTS, SUMMARY],
  },
  'an organization is renamed': {
    run: ({ organization }, api) => api.patch(`/organizations/${organization.id}`, { name: 'Renamed' }),
    shownBy: ORGANIZATION,
  },
  'an organization is replaced': {
    run: ({ organization }, api) =>
      api.put(`/organizations/${organization.id}`, { name: 'Replaced', slug: organization['slug'] }),
    shownBy: ORGANIZATION,
  },
  'clinics are imported': {
    run: (practice) =>
      runAsService('import', () =>
        writer.app.get(ClinicsService).createMany([clinicBody(practice), clinicBody(practice)]),
      ),
    shownBy: ["an organization's clinics", 'all clinics', SUMMARY],
  },
  'organizations are imported': {
    run: ({ organization: { id } }) =>
      runAsService('import', () =>
        writer.app.get(OrganizationsService).createMany([{ name: 'New', slug: `new-${id}` }]),
      ),
    shownBy: ['all organizations'],
  },
  'an organization is archived with all that it has': {
    run: ({ organization }, api) => api.delete(`/organizations/${organization.id}`, CASCADE),
    shownBy: Object.keys(CACHED_ROUTES).filter((name) => name !== NAME),
  },
};

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
const textsOf = (answers: Awaited<ReturnType<typeof answersOf>>) =>
  Object.fromEntries([...answers].map(([name, { shown }]) => [name, shown]));

describe.each(Object.entries(WRITES))('when %s on one process, the other', (name, { given, run, shownBy }) => {
  /** Everything that another process has in its memory of the practice and of another one. */
  async function known() {
    const [practice, bystander] = [await makePractice(writer.api), await makePractice(writer.api)];
    await given?.(practice, new Directory(writer.api));
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
    await ask([...views, ...unrelated]);
    return { practice, views, unrelated, ask };
  }

  it('shows it at once wherever it can be seen, and keeps what has nothing to do with it', async () => {
    const { practice, views, unrelated, ask } = await known();
    const before = await ask(views);
    for (const answers of [...before, ...(await ask(unrelated))]) {
      expect([...answers].filter(([, { cache }]) => cache !== 'HIT')).toEqual([]);
    }
    await run(practice, writer.api);
    const after = await ask(views);
    const fresh = await ask(views, FRESH);
    for (const [at, answers] of after.entries()) {
      expect(textsOf(answers)).toEqual(textsOf(fresh[at] ?? new Map()));
      const changed = [...answers].filter(([route, { shown }]) => shown !== before[at]?.get(route)?.shown);
      expect(changed.map(([route]) => route).toSorted()).toEqual(
        [...new Set(shownBy)].filter((route) => answers.has(route)).toSorted(),
      );
    }
    for (const answers of await ask(unrelated)) {
      expect([...answers].filter(([, { cache }]) => cache !== 'HIT')).toEqual([]);
    }
  });
});
