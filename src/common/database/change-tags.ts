import type { ChangeStreamDocument, ChangeStreamUpdateDocument, Document } from 'mongodb';
import { resourceTag } from '../cache/tags.js';
import { SEARCH_FIELD } from '../lists/list-shapes.js';
import { touchedBy } from '../resource/cache-tags.js';
import type { ResourceDefinition } from '../resource/resource.js';
import type { DeclaredIndexes } from './index-check.js';

/** A cached resource and the collection that its records are in. */
export interface FollowedKind {
  readonly resource: ResourceDefinition;
  readonly collection: string;
}

/** The resources with their collections, which are those that have their indexes. */
export function followedKinds(
  resources: readonly ResourceDefinition[],
  declared: readonly DeclaredIndexes[],
): readonly FollowedKind[] {
  return resources.map((resource) => {
    const collection = declared.find(({ indexes }) => indexes === resource.indexes)?.collection;
    if (collection === undefined) throw new Error(`No collection has the indexes of ${resource.name}`);
    return { resource, collection };
  });
}

/** What changes of the database touch. */
export class ChangeTags {
  /** Every entry of every kind depends on one of them. */
  readonly everything: readonly string[];
  private readonly byCollection: ReadonlyMap<string, ResourceDefinition>;

  constructor(kinds: readonly FollowedKind[]) {
    this.everything = kinds.map(({ resource }) => resourceTag(resource.name));
    this.byCollection = new Map(kinds.map(({ collection, resource }) => [collection, resource]));
  }

  /** The changes that matter, and of each what {@link of} reads. */
  get pipeline(): Document[] {
    const collections = { $in: [...this.byCollection.keys()] };
    const owners = [...this.byCollection.values()].flatMap(({ cache }) => cache?.owners ?? []);
    return [
      {
        $match: {
          $or: [
            { 'ns.coll': collections },
            // A collection that takes the place of another.
            { 'to.coll': collections },
            { operationType: { $in: ['dropDatabase', 'invalidate'] } },
          ],
        },
      },
      {
        $project: {
          operationType: 1,
          ns: 1,
          updateDescription: 1,
          ...Object.fromEntries(['_id', ...owners].map((field) => [`fullDocument.${field}`, 1])),
        },
      },
    ];
  }

  /**
   * The tags of what the change touches. Where it isn't known whose the record was, all of its kind: the old owner's
   * lists show it.
   */
  of(change: ChangeStreamDocument): readonly string[] {
    const { operationType } = change;
    if (
      operationType === 'insert' ||
      operationType === 'update' ||
      operationType === 'replace' ||
      operationType === 'delete'
    ) {
      const resource = this.byCollection.get(change.ns.coll);
      if (resource === undefined) return [];
      if (operationType === 'insert') return touchedBy(resource, change.fullDocument);
      return operationType === 'update' ? this.ofUpdate(resource, change) : [resourceTag(resource.name)];
    }
    return this.everything;
  }

  private ofUpdate(
    resource: ResourceDefinition,
    { updateDescription, fullDocument }: ChangeStreamUpdateDocument,
  ): readonly string[] {
    const { updatedFields = {}, removedFields = [], truncatedArrays = [] } = updateDescription;
    const paths = [...Object.keys(updatedFields), ...removedFields, ...truncatedArrays.map(({ field }) => field)];
    const fields = paths.map((path) => path.split('.', 1)[0] ?? path);
    // Such as the counter that the service raises at the parents of a new record: each would void the parents' lists.
    if (fields.length > 0 && !fields.some((field) => field === SEARCH_FIELD || field in resource.record.shape))
      return [];
    if (fullDocument === undefined || fullDocument === null) return [resourceTag(resource.name)];
    if (fields.some((field) => resource.cache?.owners.includes(field))) return [resourceTag(resource.name)];
    return touchedBy(resource, fullDocument);
  }
}
