import { ObjectId } from 'mongodb';
import { z } from 'zod';

/** No control characters (NUL among them) and no lone surrogates: neither can be stored and shown faithfully. */
const PRINTABLE = /^[^\p{Cc}\p{Cs}]*$/u;

/** A line of text: trimmed, not empty, printable. */
export const text = (maximum: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(maximum, `must have at most ${maximum} characters`)
    .regex(PRINTABLE, 'must not contain control characters');

// No flags in patterns: JSON Schema, and so the API's document, has none.
const OBJECT_ID = /^[0-9a-fA-F]{24}$/;

/** The id of a record in a body: 24 hexadecimal digits, kept as a string in lower case. */
export const recordId = () => z.string().regex(OBJECT_ID, 'must be 24 hexadecimal digits').toLowerCase();

/** The id of a record in the URL, parsed into the value that the database compares. */
export const recordIdParameter = () =>
  z
    .string()
    .regex(OBJECT_ID, 'must be 24 hexadecimal digits')
    .transform((value) => new ObjectId(value));

/** `true` or `false` in the URL. */
export const booleanParameter = () => z.enum(['true', 'false']).transform((value) => value === 'true');

/** A word for use in URLs and codes of other systems. */
export const slug = () =>
  z
    .string()
    .min(1)
    .max(100)
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be lower-case letters and digits, joined by single hyphens');

export const email = () => z.email('must be an e-mail address').max(254);

/** As people write them: digits with the usual separators, an optional leading + and extension. */
export const phone = () =>
  z
    .string()
    .trim()
    .regex(/^\+?[0-9][0-9 ().\-/]{4,24}(?: ?(?:[xX]|[eE][xX][tT]\.?) ?[0-9]{1,6})?$/, 'must be a phone number');

/** An instant in RFC 3339 form. */
export const instant = () => z.iso.datetime({ offset: true, error: 'must be a date and time as of RFC 3339' });

/** An IANA time zone name that this runtime knows. */
export const timezone = () =>
  z
    .string()
    .max(64)
    .refine((name) => timezones.has(name), { message: 'must be an IANA time zone such as America/New_York' });

const timezones: ReadonlySet<string> = new Set([...Intl.supportedValuesOf('timeZone'), 'UTC']);

export const address = () =>
  z.strictObject({
    street: text(200).optional(),
    city: text(100).optional(),
    county: text(100).optional(),
    state: text(100).optional(),
    postalCode: text(20).optional(),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be a two-letter country code (ISO 3166-1)')
      .optional(),
    latitude: z.number().min(-90).max(90).optional(),
    longitude: z.number().min(-180).max(180).optional(),
  });

const time = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'must be a time of day such as 08:30');

const shift = z
  .strictObject({ from: time, to: time })
  .refine(({ from, to }) => from < to, { message: 'must end after it begins', path: ['to'] });

const shifts = z.array(shift).max(6).optional();

/** The hours of a week by day; local to the clinic's time zone. */
export const weeklyHours = () =>
  z.strictObject({
    monday: shifts,
    tuesday: shifts,
    wednesday: shifts,
    thursday: shifts,
    friday: shifts,
    saturday: shifts,
    sunday: shifts,
  });
