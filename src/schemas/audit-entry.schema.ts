import { Schema } from 'mongoose';
import { type IndexSpec, index } from '../common/resource/index-spec.js';
import { recordOptions } from './shared-fields.js';

export const AuditEntrySchema = new Schema(
  {
    organizationId: { type: Schema.Types.ObjectId, default: null },
    /** Name of the resource that was written. */
    resource: { type: String, required: true },
    /** The record; of a cascade, the record that it began with. */
    recordId: { type: Schema.Types.ObjectId, required: true },
    action: { type: String, required: true },
    versionBefore: Number,
    versionAfter: Number,
    /** How many records a cascade has changed. */
    count: Number,
    keyId: { type: String, required: true },
    principal: { type: String, required: true },
    role: { type: String, required: true },
    correlationId: { type: String, required: true },
    version: { type: Number, required: true },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
  },
  { ...recordOptions, collection: 'audit_entries' },
);

export const auditEntryIndexes: readonly IndexSpec[] = [
  index({ createdAt: -1, _id: -1 }),
  index({ organizationId: 1, createdAt: -1, _id: -1 }),
  index({ recordId: 1, createdAt: -1, _id: -1 }),
  index({ keyId: 1, createdAt: -1, _id: -1 }),
];
