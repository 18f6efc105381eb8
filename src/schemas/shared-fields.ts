import type { SchemaOptions } from 'mongoose';

export const addressFields = {
  street: String,
  city: String,
  county: String,
  state: String,
  postalCode: String,
  country: String,
  latitude: Number,
  longitude: Number,
};

const shifts = { type: [{ from: String, to: String, _id: false }], default: undefined };

export const weeklyHoursFields = {
  monday: shifts,
  tuesday: shifts,
  wednesday: shifts,
  thursday: shifts,
  friday: shifts,
  saturday: shifts,
  sunday: shifts,
};

/**
 * Options of every schema: a field that the schema doesn't know is an error, `version` is the service's
 * own, and indexes are made by the index check at start, not by the first use of a model.
 */
export const recordOptions = {
  strict: 'throw',
  strictQuery: 'throw',
  versionKey: false,
  autoIndex: false,
  autoCreate: false,
  minimize: false,
} as const satisfies SchemaOptions;
