import { EVERYBODY, listTag, recordTag } from '../cache/tags.js';
import type { ResourceDefinition } from './resource.js';

/** What a write to the record touches: the record, the lists of each of its owners, and the lists of all records. */
export function touchedBy({ name, cache }: ResourceDefinition, record: object): readonly string[] {
  if (cache === undefined) return [];
  const owners = cache.owners.map((owner) => listTag(name, String(Reflect.get(record, owner))));
  return [recordTag(name, String(Reflect.get(record, '_id'))), ...owners, listTag(name, EVERYBODY)];
}

/** What a list with this filter depends on: the records of its narrowest owner, or all. */
export function listDependsOn({ name, cache }: ResourceDefinition, filter: Readonly<Record<string, unknown>>): string {
  const owner = cache?.owners.find((field) => filter[field] !== undefined);
  return listTag(name, owner === undefined ? EVERYBODY : String(filter[owner]).toLowerCase());
}
