/**
 * Names of tags. What is in braces decides the slot in a Redis Cluster: the lists of one organization, its summary and
 * the organization itself share one. A record has its own, as it is asked for by its id alone.
 */

/** What a write to one record touches, and every answer that shows the record alone depends on. */
export const recordTag = (resource: string, id: string): string => `{${id}}:${resource}`;

/** Owner of the lists of all records, of all organizations. */
export const EVERYBODY = 'all';

/** What a write to any record of this owner touches, and lists of the owner's records depend on. */
export const listTag = (resource: string, owner: string): string => `{${owner}}:${resource}:list`;

/** What a write touches that changes how many of the owner's records there are of a kind. */
export const censusTag = (resource: string, owner: string): string => `{${owner}}:${resource}:census`;

/** On every entry of a resource. No write touches it: it clears the resource. */
export const resourceTag = (resource: string): string => `{${EVERYBODY}}:${resource}:entries`;

/** On every entry that an organization's principals see. No write touches it: it clears the organization's entries. */
export const tenantTag = (organizationId: string): string => `{${organizationId}}:entries`;
