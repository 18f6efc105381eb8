import type { ApiClient } from '../support/api-client.js';
import { type ApiRecord, Directory } from '../support/directory.js';

/** An organization with a clinic, a provider, and the provider's assignment to the clinic. */
export interface Practice {
  readonly organization: ApiRecord;
  readonly clinic: ApiRecord;
  readonly provider: ApiRecord;
  readonly assignment: ApiRecord;
}

export async function makePractice(api: ApiClient): Promise<Practice> {
  const directory = new Directory(api);
  const organization = await directory.organization();
  const clinic = await directory.clinic(organization.id);
  const provider = await directory.provider(organization.id);
  return { organization, clinic, provider, assignment: await directory.assignment(provider.id, clinic.id) };
}

type PathOf = (practice: Practice) => string;

/** What shows something of one practice and nothing of others; its own principals may ask for all of it. */
export const ROUTES_OF_PRACTICE: Readonly<Record<string, PathOf>> = {
  'an organization': ({ organization }) => `/organizations/${organization.id}`,
  'the summary of an organization': ({ organization }) => `/organizations/${organization.id}/summary`,
  'a clinic': ({ clinic }) => `/clinics/${clinic.id}`,
  'some fields of a clinic': ({ clinic }) => `/clinics/${clinic.id}?fields=name`,
  "an organization's clinics": ({ organization }) => `/clinics?organizationId=${organization.id}&count=exact`,
  'a provider': ({ provider }) => `/providers/${provider.id}`,
  "an organization's providers": ({ organization }) => `/providers?organizationId=${organization.id}`,
  'an assignment': ({ assignment }) => `/assignments/${assignment.id}`,
  "an organization's assignments": ({ organization }) => `/assignments?organizationId=${organization.id}`,
  "a clinic's assignments": ({ clinic }) => `/assignments?clinicId=${clinic.id}&isActive=true`,
  "a provider's assignments": ({ provider }) => `/assignments?providerId=${provider.id}&isActive=true`,
  'the clinics of a provider': ({ provider }) => `/assignments/provider/${provider.id}/clinics`,
  'the staff of a clinic': ({ clinic }) => `/assignments/clinic/${clinic.id}/staff`,
};

/** What shows something of all practices to the platform, and of its own to each. */
export const ROUTES_OF_ALL: Readonly<Record<string, PathOf>> = {
  'all clinics': () => '/clinics?limit=100',
  'all providers': () => '/providers?limit=100',
  'all assignments': () => '/assignments?limit=100',
};

/** Every cached route, as the platform asks for it. */
export const CACHED_ROUTES: Readonly<Record<string, PathOf>> = {
  'all organizations': () => '/organizations',
  ...ROUTES_OF_ALL,
  ...ROUTES_OF_PRACTICE,
};
