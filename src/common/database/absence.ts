import type { ObjectId } from 'mongodb';
import { Problem } from '../problems/problems.js';
import type { ResourceDefinition } from '../resource/resource.js';

export const absenceOf = (resource: ResourceDefinition, id: string): string =>
  `There is no ${resource.singular} ${id}.`;

/** One answer for an unknown id, whoever's it may be. */
export const notFound = (resource: ResourceDefinition, id: ObjectId): Problem =>
  new Problem('not-found', { detail: absenceOf(resource, id.toHexString()) });
