/** Small lists, so that names repeat as they do in life; with accents, hyphens, apostrophes and commas. */
type Words<Word = string> = readonly [Word, ...Word[]];

export const GROUP_WORDS: Words = [
  'Bright Smile',
  'Évergreen',
  'North Star',
  'Sonrisa',
  'Lakeside',
  'Peña & Daughters',
  "O'Brien",
  'Harbor',
  'Blue Ridge',
  'Familia',
  'Große',
  'Summit',
  'Prairie',
  'Coastal',
  'Ōhana',
  'Red Cedar',
];

export const GROUP_KINDS: Words = [
  'Dental Group',
  'Dental Partners',
  'Orthodontics, Inc.',
  'Health Center',
  'Dental Associates, P.C.',
  'Oral Care',
];

export const CLINIC_WORDS: Words = [
  'Dental Care',
  'Family Dental',
  'Smiles',
  'Dental Clinic',
  'Orthodontics',
  'Dental - North',
  'Dental - Downtown',
  'Kids’ Dental',
  'Dental & Implants',
  'Oral Surgery',
];

export const FIRST_NAMES: Words = [
  'Zoë',
  'José',
  'Ana',
  'Łukasz',
  'Søren',
  'Mary-Ann',
  'Nguyên',
  'Chloé',
  'İpek',
  'Björn',
  'Aaliyah',
  'James',
  'Wei',
  'Fatima',
  'John',
  'Siobhán',
  'Priya',
  'Robert',
  'Emily',
  'Michael',
  'Renée',
  'Mateo',
  'Yuki',
  'Grace',
];

export const LAST_NAMES: Words = [
  'Nguyen',
  'García',
  'Müller',
  "O'Connor",
  'Smith',
  'Núñez',
  'Kowalski',
  'Åberg',
  'Johnson',
  'Lee',
  'de la Cruz',
  'Patel',
  'Brown',
  'Ruiz',
  'Çelik',
  'St. John',
  'Okafor',
  'Dvořák',
  'Kim',
  'Williams',
  'D’Angelo',
  'Hernández',
];

export const STREETS: Words = [
  'Main St',
  'Oak Ave',
  'Cañon Rd',
  '2nd St',
  'Lincoln Blvd',
  'Hwy 86',
  'Market Sq',
  'Mill Ln',
];

export const SPECIALTIES: Words = [
  'general',
  'general',
  'general',
  'orthodontics',
  'endodontics',
  'periodontics',
  'pediatric',
  'oral surgery',
];

export const ROLES: Words = ['dentist', 'dentist', 'hygienist', 'assistant', 'front-desk', 'manager'];

export const TIERS: Words = ['free', 'free', 'basic', 'premium', 'enterprise'];

export interface City {
  readonly city: string;
  readonly county?: string;
  readonly state: string;
  readonly zip: string;
  readonly at: readonly [latitude: number, longitude: number];
  readonly timezone: string;
  readonly phone: string;
}

export const CITIES: Words<City> = [
  city('Juneau', 'Juneau Borough', 'AK', '998', [58.3, -134.42], 'America/Juneau', '907'),
  city('San José', 'Santa Clara', 'CA', '951', [37.34, -121.89], 'America/Los_Angeles', '408'),
  city('Española', 'Rio Arriba', 'NM', '875', [35.99, -106.08], 'America/Denver', '505'),
  city('Canon City', 'Fremont', 'CO', '812', [38.44, -105.24], 'America/Denver', '719'),
  city('Boise', 'Ada', 'ID', '837', [43.62, -116.2], 'America/Boise', '208'),
  city('Chicago', 'Cook', 'IL', '606', [41.88, -87.63], 'America/Chicago', '312'),
  city('Saint Paul', 'Ramsey', 'MN', '551', [44.95, -93.09], 'America/Chicago', '651'),
  city('Holyoke', 'Hampden', 'MA', '010', [42.2, -72.61], 'America/New_York', '413'),
  city('Presque Isle', 'Aroostook', 'ME', '047', [46.68, -68.02], 'America/New_York', '207'),
  city('Asheville', undefined, 'NC', '288', [35.6, -82.55], 'America/New_York', '828'),
  city('Laredo', 'Webb', 'TX', '780', [27.51, -99.51], 'America/Chicago', '956'),
  city('Coeur d’Alene', 'Kootenai', 'ID', '838', [47.68, -116.78], 'America/Los_Angeles', '208'),
];

function city(
  name: string,
  county: string | undefined,
  state: string,
  zip: string,
  at: City['at'],
  timezone: string,
  phone: string,
): City {
  return { city: name, ...(county !== undefined && { county }), state, zip, at, timezone, phone };
}
