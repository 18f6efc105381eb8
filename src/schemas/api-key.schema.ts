import { type InferSchemaType, Schema } from 'mongoose';
import { type IndexSpec, index } from '../common/resource/index-spec.js';
import { recordOptions } from './shared-fields.js';

export const ApiKeySchema = new Schema(
  {
    /** null: a key of the platform. */
    organizationId: { type: Schema.Types.ObjectId, default: null },
    name: { type: String, required: true },
    role: { type: String, required: true },
    /** The beginning of the key, by which people tell keys apart. */
    prefix: { type: String, required: true },
    /** SHA-256 of the key, which itself is kept nowhere. */
    digest: { type: String, required: true },
    expiresAt: Date,
    revokedAt: Date,
    lastUsedAt: Date,
    version: { type: Number, required: true },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
  },
  { ...recordOptions, collection: 'api_keys' },
);

export type ApiKey = InferSchemaType<typeof ApiKeySchema>;

export const apiKeyIndexes: readonly IndexSpec[] = [
  index({ digest: 1 }, { unique: true }),
  index({ organizationId: 1, createdAt: -1, _id: -1 }),
  index({ createdAt: -1, _id: -1 }),
];
