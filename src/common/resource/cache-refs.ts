import { Inject, Injectable } from '@nestjs/common';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import type { CacheRef } from '../cache/coherent-cache.js';
import { recordTag, resourceTag, tenantTag } from '../cache/tags.js';
import { currentPrincipal } from '../context/request-context.js';
import { EVERYTHING_SEEN, viewerOf } from '../tenancy/viewer.js';
import { listDependsOn } from './cache-tags.js';
import type { ResourceDefinition } from './resource.js';

type Ttls = Configuration['cache']['ttlSeconds'];

/** The key that an answer to a viewer is kept under: its URL, as answers are the same for the same URL. */
export const answerKey = (viewer: string, url: string): string => `${viewer} ${url}`;

/** Refs of what is cached of resources, as whoever the current work is for sees it. */
@Injectable()
export class CacheRefs {
  private readonly ttlSeconds: Ttls;
  /** By the name of the resource. */
  private readonly ttlOfRecords: ReadonlyMap<string, number>;

  constructor(@Inject(CONFIGURATION) { cache }: Configuration) {
    this.ttlSeconds = cache.ttlSeconds;
    this.ttlOfRecords = new Map(Object.entries(cache.ttlSeconds));
  }

  /** A whole record; the same entry as the answer of its URL. */
  record(resource: ResourceDefinition, id: string, viewer = currentViewer()): CacheRef {
    return this.projection(resource, id, recordUrl(resource, id), viewer);
  }

  /** A record, whole or in part, as its URL says. */
  projection(resource: ResourceDefinition, id: string, url: string, viewer = currentViewer()): CacheRef {
    const ttl = this.ttlOfRecords.get(resource.name) ?? this.ttlSeconds.lists;
    return this.ref(viewer, url, resource, resource.name, [recordTag(resource.name, id.toLowerCase())], ttl);
  }

  /** A page of the list with this filter. */
  page(resource: ResourceDefinition, filter: Readonly<Record<string, unknown>>, url: string): CacheRef {
    return this.ofList(resource, filter, url, 'list', this.ttlSeconds.lists);
  }

  /** How many rows the list has. */
  count(resource: ResourceDefinition, filter: Readonly<Record<string, unknown>>, name: string): CacheRef {
    return this.ofList(resource, filter, `count ${name}`, 'count', this.ttlSeconds.counts);
  }

  /** What is worked out of several resources. */
  summary(resource: ResourceDefinition, url: string, tags: readonly string[]): CacheRef {
    return this.ref(currentViewer(), url, resource, `${resource.name}:summary`, tags, this.ttlSeconds.summaries);
  }

  private ofList(
    resource: ResourceDefinition,
    filter: Readonly<Record<string, unknown>>,
    name: string,
    kind: string,
    ttlSeconds: number,
  ): CacheRef {
    const viewer = currentViewer();
    const tags = [dependency(resource, filter, viewer)];
    return this.ref(viewer, name, resource, `${resource.name}:${kind}`, tags, ttlSeconds);
  }

  private ref(
    viewer: string,
    url: string,
    { name }: ResourceDefinition,
    statistics: string,
    tags: readonly string[],
    ttlSeconds: number,
  ): CacheRef {
    const clearedBy = viewer === EVERYTHING_SEEN ? [resourceTag(name)] : [resourceTag(name), tenantTag(viewer)];
    return {
      key: answerKey(viewer, url),
      resource: statistics,
      tags: [...tags, ...clearedBy],
      ttlMs: ttlSeconds * 1000,
    };
  }
}

export const recordUrl = ({ name }: ResourceDefinition, id: string): string => `/api/v1/${name}/${id}`;

const currentViewer = (): string => viewerOf(currentPrincipal());

/** Who is confined to an organization lists its records, whether the filter says so or not. */
function dependency(resource: ResourceDefinition, filter: Readonly<Record<string, unknown>>, viewer: string): string {
  const confined = viewer !== EVERYTHING_SEEN && (resource.cache?.owners.includes('organizationId') ?? false);
  return listDependsOn(resource, confined ? { organizationId: viewer, ...definedOf(filter) } : filter);
}

const definedOf = (filter: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
