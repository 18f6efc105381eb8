import { type InferSchemaType, Schema } from 'mongoose';
import { type IndexSpec, index } from '../common/resource/index-spec.js';
import { recordOptions } from './shared-fields.js';

export const ProviderSchema = new Schema(
  {
    organizationId: { type: Schema.Types.ObjectId, required: true },
    firstName: { type: String, required: true },
    lastName: { type: String, required: true },
    email: String,
    phone: String,
    specialty: String,
    licenseNumber: String,
    npi: String,
    status: { type: String, required: true },
    searchTerms: { type: [String], required: true },
    /** As in organizations: raised with each assignment of the provider. */
    holds: { type: Number, required: true, default: 0 },
    version: { type: Number, required: true },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
    archivedAt: Date,
  },
  { ...recordOptions, collection: 'providers' },
);

export type Provider = InferSchemaType<typeof ProviderSchema>;

export const providerIndexes: readonly IndexSpec[] = [
  // Not everybody who works at a clinic has a license.
  index({ organizationId: 1, licenseNumber: 1 }, { unique: true, where: { licenseNumber: { $exists: true } } }),
  index({ organizationId: 1, createdAt: -1, _id: -1 }),
  index({ organizationId: 1, lastName: 1, _id: 1 }),
  index({ organizationId: 1, status: 1, createdAt: -1, _id: -1 }),
  index({ organizationId: 1, status: 1, lastName: 1, _id: 1 }),
  index({ organizationId: 1, specialty: 1, lastName: 1, _id: 1 }),
  index({ organizationId: 1, specialty: 1, createdAt: -1, _id: -1 }),
  index({ organizationId: 1, searchTerms: 1, _id: -1 }),
  index({ createdAt: -1, _id: -1 }),
  index({ status: 1, createdAt: -1, _id: -1 }),
];
