import { ObjectId } from 'mongodb';
import { foldText } from '../../common/resource/search-terms.js';
import type { Random } from './random.js';
import type { City } from './words.js';

/** An id as MongoDB would make it then, but the same each time: the time, the kind, the seed and the number. */
export function idOf(seed: number, kind: number, number: number, madeAt: Date): ObjectId {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(Math.floor(madeAt.getTime() / 1000), 0);
  bytes.writeUInt8(kind, 4);
  bytes.writeUIntBE(seed, 5, 3);
  bytes.writeUInt32BE(number, 8);
  return new ObjectId(bytes);
}

/** What the service keeps in a record that was made then and, if changed, changed later. */
export const kept = (createdAt: Date, changedAt?: Date) => ({
  version: changedAt === undefined ? 1 : 2,
  createdAt,
  updatedAt: changedAt ?? createdAt,
});

const DAY_MS = 86_400_000;

/** So many days later, to the hour. */
export const daysAfter = (date: Date, days: number): Date => new Date(date.getTime() + days * DAY_MS);

/** A word for codes, slugs and addresses: ASCII letters and digits joined by hyphens. */
export const asciiWord = (text: string): string =>
  foldText(text)
    .replace(/ł/g, 'l')
    .replace(/ø/g, 'o')
    .replace(/ß/g, 'ss')
    .replace(/ı/g, 'i')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

export const phoneIn = ({ phone }: City, random: Random): string => `+1 ${phone} 555 0${random.digits(3)}`;

export const addressIn = ({ city, county, state, zip, at }: City, street: string, random: Random) => ({
  street,
  city,
  ...(county !== undefined && { county }),
  state,
  postalCode: `${zip}${random.digits(2)}`,
  country: 'US',
  latitude: jittered(at[0], random),
  longitude: jittered(at[1], random),
});

const jittered = (degrees: number, random: Random): number => Number((degrees + (random.next() - 0.5) / 5).toFixed(6));
