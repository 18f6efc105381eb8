import { type InferSchemaType, Schema } from 'mongoose';
import { type IndexSpec, index } from '../common/resource/index-spec.js';
import { addressFields, recordOptions, weeklyHoursFields } from './shared-fields.js';

export const ClinicSchema = new Schema(
  {
    organizationId: { type: Schema.Types.ObjectId, required: true },
    name: { type: String, required: true },
    code: { type: String, required: true },
    status: { type: String, required: true },
    address: { type: addressFields, _id: false },
    phone: String,
    email: String,
    timezone: String,
    npi: String,
    openingHours: { type: weeklyHoursFields, _id: false },
    searchTerms: { type: [String], required: true },
    /** As in organizations: raised with each assignment made here. */
    holds: { type: Number, required: true, default: 0 },
    version: { type: Number, required: true },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
    archivedAt: Date,
  },
  { ...recordOptions, collection: 'clinics' },
);

export type Clinic = InferSchemaType<typeof ClinicSchema>;

export const clinicIndexes: readonly IndexSpec[] = [
  index({ organizationId: 1, code: 1 }, { unique: true }),
  index({ organizationId: 1, createdAt: -1, _id: -1 }),
  index({ organizationId: 1, name: 1, _id: 1 }),
  index({ organizationId: 1, status: 1, createdAt: -1, _id: -1 }),
  index({ organizationId: 1, status: 1, name: 1, _id: 1 }),
  index({ organizationId: 1, searchTerms: 1, _id: -1 }),
  index({ createdAt: -1, _id: -1 }),
  index({ status: 1, createdAt: -1, _id: -1 }),
];
