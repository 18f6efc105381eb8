import { searchTerms } from '../../common/resource/search-terms.js';
import { organizationsResource } from '../../modules/organizations/organizations.resource.js';
import { type DirectoryPlan, KIND } from './plan.js';
import { randomOf } from './random.js';
import { addressIn, asciiWord, idOf, kept, phoneIn } from './record-parts.js';
import { CITIES, FIRST_NAMES, GROUP_KINDS, GROUP_WORDS, LAST_NAMES, STREETS, TIERS } from './words.js';

export const organizationId = (plan: DirectoryPlan, number: number) =>
  idOf(plan.options.seed, KIND.organization, number, plan.organizationMadeAt(number));

export function organizationDocument(plan: DirectoryPlan, number: number) {
  const { seed } = plan.options;
  const random = randomOf(seed, KIND.organization, number);
  const city = random.pick(CITIES);
  const name = `${random.pick(GROUP_WORDS)} ${random.pick(GROUP_KINDS)}`;
  const slug = `${asciiWord(name)}-${seed}-${number + 1}`;
  const fields = {
    name,
    slug,
    status: random.chance(0.03) ? 'suspended' : 'active',
    subscriptionTier: random.pick(TIERS),
    contact: {
      name: `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`,
      email: `office@${slug}.example`,
      phone: phoneIn(city, random),
    },
    address: addressIn(city, `${random.below(980) + 1} ${random.pick(STREETS)}`, random),
    settings: { locale: 'en-US', timezone: city.timezone, currency: 'USD' },
  };
  return {
    _id: organizationId(plan, number),
    ...fields,
    searchTerms: searchTerms(organizationsResource.searched?.(fields) ?? []),
    holds: 0,
    ...kept(plan.organizationMadeAt(number)),
  };
}
