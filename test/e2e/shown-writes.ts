import { runAsService } from '../../src/common/context/request-context.js';
import { ClinicsService } from '../../src/modules/clinics/clinics.service.js';
import { OrganizationsService } from '../../src/modules/organizations/organizations.service.js';
import { Directory } from '../support/directory.js';
import type { TestService } from '../support/service.js';
import { CACHED_ROUTES, type Practice } from './cached-routes.js';

/** A write to a practice. */
export interface ShownWrite {
  /** What must be there before. */
  readonly given?: (practice: Practice, service: TestService) => Promise<unknown>;
  readonly run: (practice: Practice, service: TestService) => Promise<unknown>;
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

/** Bodies of assignments that can be made. */
let made: readonly Record<string, unknown>[] = [];

/** Every kind of write. */
export const WRITES: Readonly<Record<string, ShownWrite>> = {
  'a clinic is made': {
    run: (practice, { api }) => api.post('/clinics', clinicBody(practice)),
    shownBy: ["an organization's clinics", 'all clinics', SUMMARY],
  },
  'a clinic is renamed': {
    run: ({ clinic }, { api }) => api.patch(`/clinics/${clinic.id}`, { name: 'Renamed' }),
    shownBy: [...CLINIC, NAME],
  },
  'a clinic is replaced': {
    run: ({ clinic }, { api }) =>
      api.put(`/clinics/${clinic.id}`, { ...bodyOf(clinic), name: 'Replaced', status: 'inactive' }),
    shownBy: [...CLINIC, NAME, SUMMARY],
  },
  'a clinic is archived with its assignments': {
    run: ({ clinic }, { api }) => api.delete(`/clinics/${clinic.id}`, CASCADE),
    shownBy: ['a clinic', "an organization's clinics", 'all clinics', 'an assignment', ...ASSIGNMENTS, SUMMARY],
  },
  'a clinic comes back': {
    given: ({ clinic }, { api }) => api.delete(`/clinics/${clinic.id}`, CASCADE),
    run: ({ clinic }, { api }) => api.patch(`/clinics/${clinic.id}`, { status: 'active' }),
    shownBy: ['a clinic', "an organization's clinics", 'all clinics', SUMMARY],
  },
  'a provider is made': {
    run: ({ organization: { id } }, { api }) =>
      api.post('/providers', { organizationId: id, firstName: 'Zoë', lastName: 'New' }),
    shownBy: ["an organization's providers", 'all providers', SUMMARY],
  },
  'a provider is renamed': {
    run: ({ provider }, { api }) => api.patch(`/providers/${provider.id}`, { lastName: 'Renamed' }),
    shownBy: PROVIDER,
  },
  'a provider is archived with the assignments': {
    run: ({ provider }, { api }) => api.delete(`/providers/${provider.id}`, CASCADE),
    shownBy: ['a provider', "an organization's providers", 'all providers', 'an assignment', ...ASSIGNMENTS, SUMMARY],
  },
  'an assignment is made': {
    given: async ({ assignment, clinic, organization }, { api }) => {
      // A provider works once at a clinic: the page of each side gets a row of its own.
      const directory = new Directory(api);
      const colleague = await directory.provider(organization.id);
      const branch = await directory.clinic(organization.id);
      made = [
        { providerId: colleague.id, clinicId: clinic.id },
        { providerId: assignment['providerId'], clinicId: branch.id },
      ];
    },
    run: async (_, { api }) => {
      for (const body of made) await api.post('/assignments', { ...body, role: 'hygienist' });
    },
    shownBy: [...ASSIGNMENTS, SUMMARY],
  },
  'an assignment changes': {
    run: ({ assignment }, { api }) => api.patch(`/assignments/${assignment.id}`, { role: 'hygienist' }),
    shownBy: ['an assignment', ...ASSIGNMENTS],
  },
  'an assignment is replaced': {
    run: ({ assignment }, { api }) => api.put(`/assignments/${assignment.id}`, { role: 'hygienist', isPrimary: true }),
    shownBy: ['an assignment', ...ASSIGNMENTS],
  },
  'an assignment ends': {
    run: ({ assignment }, { api }) => api.delete(`/assignments/${assignment.id}`),
    shownBy: ['an assignment', ...ASSIGNMENTS, SUMMARY],
  },
  'an organization is renamed': {
    run: ({ organization }, { api }) => api.patch(`/organizations/${organization.id}`, { name: 'Renamed' }),
    shownBy: ORGANIZATION,
  },
  'an organization is replaced': {
    run: ({ organization }, { api }) =>
      api.put(`/organizations/${organization.id}`, { name: 'Replaced', slug: organization['slug'] }),
    shownBy: ORGANIZATION,
  },
  'clinics are imported': {
    run: (practice, { app }) =>
      runAsService('import', () => app.get(ClinicsService).createMany([clinicBody(practice), clinicBody(practice)])),
    shownBy: ["an organization's clinics", 'all clinics', SUMMARY],
  },
  'organizations are imported': {
    run: ({ organization: { id } }, { app }) =>
      runAsService('import', () => app.get(OrganizationsService).createMany([{ name: 'New', slug: `new-${id}` }])),
    shownBy: ['all organizations'],
  },
  'an organization is archived with all that it has': {
    run: ({ organization }, { api }) => api.delete(`/organizations/${organization.id}`, CASCADE),
    shownBy: Object.keys(CACHED_ROUTES).filter((name) => name !== NAME),
  },
};
