import { hash } from 'node:crypto';
import { z } from 'zod';
import type { CachedKinds } from '../cache/cache.module.js';
import type { ResourceDefinition } from './resource.js';

/** What the cache keeps of these resources; the schema changes with the fields of any of them. */
export function cachedKinds(resources: readonly ResourceDefinition[]): CachedKinds {
  const shapes = resources.map(({ record }) => z.toJSONSchema(record, { unrepresentable: 'any' }));
  return {
    resources: resources.map(({ name }) => name),
    schema: hash('sha256', JSON.stringify(shapes)).slice(0, 16),
  };
}
