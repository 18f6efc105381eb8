import type { DeclaredIndexes } from '../common/database/index-check.js';
import { apiKeyIndexes } from './api-key.schema.js';
import { assignmentIndexes } from './assignment.schema.js';
import { auditEntryIndexes } from './audit-entry.schema.js';
import { clinicIndexes } from './clinic.schema.js';
import { idempotencyKeyIndexes } from './idempotency-key.schema.js';
import { organizationIndexes } from './organization.schema.js';
import { providerIndexes } from './provider.schema.js';

/** Every collection with the indexes that it must have. */
export const declaredIndexes: readonly DeclaredIndexes[] = [
  { collection: 'organizations', indexes: organizationIndexes },
  { collection: 'clinics', indexes: clinicIndexes },
  { collection: 'providers', indexes: providerIndexes },
  { collection: 'provider_clinic_assignments', indexes: assignmentIndexes },
  { collection: 'api_keys', indexes: apiKeyIndexes },
  { collection: 'audit_entries', indexes: auditEntryIndexes },
  { collection: 'idempotency_keys', indexes: idempotencyKeyIndexes },
];
