import { searchTerms } from '../../common/resource/search-terms.js';
import { providersResource } from '../../modules/providers/providers.resource.js';
import { clinicId, statusOf } from './clinic-document.js';
import { organizationId } from './organization-document.js';
import { type DirectoryPlan, KIND } from './plan.js';
import { randomOf } from './random.js';
import { asciiWord, daysAfter, idOf, kept } from './record-parts.js';
import { FIRST_NAMES, LAST_NAMES, ROLES, SPECIALTIES } from './words.js';

/** The place of a provider in the plan: the so-manieth of a clinic. */
export interface ProviderPlace {
  readonly clinic: number;
  readonly nth: number;
}

const MOST_AT_A_CLINIC = 1000;
const numberOf = ({ clinic, nth }: ProviderPlace): number => clinic * MOST_AT_A_CLINIC + nth;

/** Hired within a month of the clinic's opening. */
const hiredAt = (plan: DirectoryPlan, place: ProviderPlace): Date =>
  daysAfter(plan.madeAt(place.clinic), randomOf(plan.options.seed, KIND.provider, numberOf(place), 2).next() * 30);

const providerId = (plan: DirectoryPlan, place: ProviderPlace) =>
  idOf(plan.options.seed, KIND.provider, numberOf(place), hiredAt(plan, place));

export function providerDocument(plan: DirectoryPlan, place: ProviderPlace) {
  const number = numberOf(place);
  const random = randomOf(plan.options.seed, KIND.provider, number);
  const status = statusOf(plan, KIND.provider, number);
  const firstName = random.pick(FIRST_NAMES);
  const lastName = random.pick(LAST_NAMES);
  const fields = {
    organizationId: organizationId(plan, plan.organizationOf(place.clinic)),
    firstName,
    lastName,
    // Not everybody who works at a clinic has a license.
    ...(random.chance(0.8) && { licenseNumber: `D-${place.clinic + 1}-${place.nth + 1}` }),
    status,
  };
  const archivedAt = status === 'archived' ? daysAfter(hiredAt(plan, place), 90) : undefined;
  return {
    _id: providerId(plan, place),
    ...fields,
    ...(random.chance(0.9) && { email: `${asciiWord(`${firstName} ${lastName}`)}-${number}@staff.example` }),
    specialty: random.pick(SPECIALTIES),
    npi: `1${random.digits(9)}`,
    searchTerms: status === 'archived' ? [] : searchTerms(providersResource.searched?.(fields) ?? []),
    holds: 0,
    ...kept(hiredAt(plan, place), archivedAt),
    ...(archivedAt && { archivedAt }),
  };
}

/** Where the provider works: at the main clinic, and often at another one of the organization. */
export function assignmentDocuments(plan: DirectoryPlan, place: ProviderPlace) {
  const random = randomOf(plan.options.seed, KIND.assignment, numberOf(place));
  const role = random.pick(ROLES);
  const neighbour = random.chance(0.52) ? plan.neighbourOf(place.clinic) : undefined;
  return [place.clinic, ...(neighbour === undefined ? [] : [neighbour])].map((clinic, at) => {
    const assignedAt = daysAfter(hiredAt(plan, place), at * random.below(20));
    // One is at an end with the clinic or the provider, and some are at an end of their own.
    const ended =
      statusOf(plan, KIND.clinic, clinic) === 'archived' ||
      statusOf(plan, KIND.provider, numberOf(place)) === 'archived' ||
      random.chance(0.08);
    const endedAt = ended ? daysAfter(assignedAt, 90) : undefined;
    return {
      _id: idOf(plan.options.seed, KIND.assignment, numberOf(place) * 2 + at, assignedAt),
      organizationId: organizationId(plan, plan.organizationOf(clinic)),
      providerId: providerId(plan, place),
      clinicId: clinicId(plan, clinic),
      role,
      isActive: !ended,
      isPrimary: at === 0,
      assignedAt,
      ...(endedAt && { endedAt }),
      ...kept(assignedAt, endedAt),
    };
  });
}
