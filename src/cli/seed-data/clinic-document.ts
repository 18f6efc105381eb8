import { searchTerms } from '../../common/resource/search-terms.js';
import { clinicsResource } from '../../modules/clinics/clinics.resource.js';
import { organizationId } from './organization-document.js';
import { type DirectoryPlan, KIND } from './plan.js';
import { randomOf } from './random.js';
import { addressIn, asciiWord, daysAfter, idOf, kept, phoneIn } from './record-parts.js';
import { CITIES, CLINIC_WORDS, STREETS } from './words.js';

export const clinicId = (plan: DirectoryPlan, number: number) =>
  idOf(plan.options.seed, KIND.clinic, number, plan.madeAt(number));

export type Status = 'active' | 'inactive' | 'archived';

/** Known before the clinic is made: its assignments depend on it. */
export const statusOf = (plan: DirectoryPlan, kind: number, number: number): Status => {
  const drawn = randomOf(plan.options.seed, kind, number, 1).next();
  if (drawn < 0.03) return 'archived';
  return drawn < 0.1 ? 'inactive' : 'active';
};

export function clinicDocument(plan: DirectoryPlan, number: number) {
  const random = randomOf(plan.options.seed, KIND.clinic, number);
  const city = random.pick(CITIES);
  const status = statusOf(plan, KIND.clinic, number);
  const name = `${city.city} ${random.pick(CLINIC_WORDS)}`;
  const code = `${city.state}-${String(number + 1).padStart(6, '0')}`;
  const fields = { organizationId: organizationId(plan, plan.organizationOf(number)), name, code, status };
  const madeAt = plan.madeAt(number);
  const archivedAt = status === 'archived' ? daysAfter(madeAt, random.below(60) + 1) : undefined;
  return {
    _id: clinicId(plan, number),
    ...fields,
    address: addressIn(city, `${random.below(9980) + 1} ${random.pick(STREETS)}`, random),
    phone: phoneIn(city, random),
    ...(random.chance(0.5) && { email: `${asciiWord(code)}@clinics.example` }),
    timezone: city.timezone,
    npi: `1${random.digits(9)}`,
    ...(random.chance(0.3) && { openingHours: weekdays(random.chance(0.5) ? '17:00' : '18:30') }),
    searchTerms: status === 'archived' ? [] : searchTerms(clinicsResource.searched?.(fields) ?? []),
    holds: 0,
    ...kept(madeAt, archivedAt),
    ...(archivedAt && { archivedAt }),
  };
}

function weekdays(until: string) {
  const day = [{ from: '08:00', to: until }];
  return { monday: day, tuesday: day, wednesday: day, thursday: day, friday: day };
}
