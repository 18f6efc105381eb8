import { censusTag, EVERYBODY, listTag, recordTag } from '../cache/tags.js';
import type { ResourceDefinition } from './resource.js';

/**
 * What a write to the record touches: the record, the lists of each of its owners and of everybody, and, where it comes
 * to count as something else, the summaries that count it.
 * @param before the record as it was; without it, whatever can change has
 */
export function touchedBy({ name, cache }: ResourceDefinition, record: object, before?: object): readonly string[] {
  if (cache === undefined) return [];
  const textOf = (field: string) => String(Reflect.get(record, field));
  const changes = (field: string) => before === undefined || Reflect.get(before, field) !== Reflect.get(record, field);
  return [
    recordTag(name, textOf('_id')),
    ...cache.owners.map((owner) => listTag(name, textOf(owner))),
    listTag(name, EVERYBODY),
    ...(cache.countedBy.some(changes) ? [censusTag(name, textOf('organizationId'))] : []),
  ];
}

/** What a list with this filter depends on: the records of its narrowest owner, or all. */
export function listDependsOn({ name, cache }: ResourceDefinition, filter: Readonly<Record<string, unknown>>): string {
  const owner = cache?.owners.find((field) => filter[field] !== undefined);
  return listTag(name, owner === undefined ? EVERYBODY : String(filter[owner]).toLowerCase());
}
