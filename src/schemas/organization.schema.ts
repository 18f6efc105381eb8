import { type InferSchemaType, Schema } from 'mongoose';
import { type IndexSpec, index } from '../common/resource/index-spec.js';
import { addressFields, recordOptions } from './shared-fields.js';

export const OrganizationSchema = new Schema(
  {
    name: { type: String, required: true },
    slug: { type: String, required: true },
    status: { type: String, required: true },
    subscriptionTier: { type: String, required: true },
    contact: { type: { name: String, email: String, phone: String }, _id: false },
    address: { type: addressFields, _id: false },
    settings: { type: { locale: String, timezone: String, currency: String }, _id: false },
    searchTerms: { type: [String], required: true },
    /** Raised in the transaction of whatever is made under the organization, so that it conflicts with archiving. */
    holds: { type: Number, required: true, default: 0 },
    version: { type: Number, required: true },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
    archivedAt: Date,
  },
  { ...recordOptions, collection: 'organizations' },
);

export type Organization = InferSchemaType<typeof OrganizationSchema>;

export const organizationIndexes: readonly IndexSpec[] = [
  index({ slug: 1 }, { unique: true }),
  index({ createdAt: -1, _id: -1 }),
  index({ name: 1, _id: 1 }),
  index({ status: 1, createdAt: -1, _id: -1 }),
  index({ status: 1, name: 1, _id: 1 }),
  index({ subscriptionTier: 1, createdAt: -1, _id: -1 }),
  index({ status: 1, subscriptionTier: 1, createdAt: -1, _id: -1 }),
  index({ searchTerms: 1, _id: -1 }),
];
