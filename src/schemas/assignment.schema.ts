import { type InferSchemaType, Schema } from 'mongoose';
import { type IndexSpec, index } from '../common/resource/index-spec.js';
import { recordOptions, weeklyHoursFields } from './shared-fields.js';

export const AssignmentSchema = new Schema(
  {
    organizationId: { type: Schema.Types.ObjectId, required: true },
    providerId: { type: Schema.Types.ObjectId, required: true },
    clinicId: { type: Schema.Types.ObjectId, required: true },
    role: { type: String, required: true },
    isActive: { type: Boolean, required: true },
    isPrimary: { type: Boolean, required: true },
    schedule: { type: weeklyHoursFields, _id: false },
    assignedAt: { type: Date, required: true },
    endedAt: Date,
    version: { type: Number, required: true },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
  },
  { ...recordOptions, collection: 'provider_clinic_assignments' },
);

export type Assignment = InferSchemaType<typeof AssignmentSchema>;

export const assignmentIndexes: readonly IndexSpec[] = [
  index({ providerId: 1, clinicId: 1 }, { unique: true, where: { isActive: true } }),
  index({ providerId: 1, isActive: 1, assignedAt: -1, _id: -1 }),
  index({ clinicId: 1, isActive: 1, assignedAt: -1, _id: -1 }),
  index({ organizationId: 1, assignedAt: -1, _id: -1 }),
  index({ organizationId: 1, isActive: 1, assignedAt: -1, _id: -1 }),
  index({ organizationId: 1, role: 1, assignedAt: -1, _id: -1 }),
  index({ organizationId: 1, role: 1, isActive: 1, assignedAt: -1, _id: -1 }),
  index({ organizationId: 1, providerId: 1, assignedAt: -1, _id: -1 }),
  index({ organizationId: 1, providerId: 1, isActive: 1, assignedAt: -1, _id: -1 }),
  index({ organizationId: 1, clinicId: 1, assignedAt: -1, _id: -1 }),
  index({ organizationId: 1, clinicId: 1, isActive: 1, assignedAt: -1, _id: -1 }),
  index({ assignedAt: -1, _id: -1 }),
  index({ isActive: 1, assignedAt: -1, _id: -1 }),
];
