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
type Kind = keyof Ttls;

/** The key that an answer to a viewer is kept under: its URL, as answers are the same for the same URL. */
export const answerKey = (viewer: string, url: string): string => `${viewer} ${url}`;

/** Whose view the entry under a key is, and its URL; undefined where it is no answer of a route. */
export function answerOf(key: string): { readonly viewer: string; readonly url: string } | undefined {
  const [viewer = '', url = ''] = key.split(' ');
  return url.startsWith('/') ? { viewer, url } : undefined;
}

/** Refs of what is cached of resources, as whoever the current work is for sees it. */
@Injectable()
export class CacheRefs {
  private readonly ttlSeconds: Readonly<Record<string, number>>;
  private readonly staleSeconds: Readonly<Record<string, number>>;

  constructor(@Inject(CONFIGURATION) { cache }: Configuration) {
    this.ttlSeconds = cache.ttlSeconds;
    this.staleSeconds = cache.staleSeconds;
  }

  /** A whole record; the same entry as the answer of its URL. */
  record(resource: ResourceDefinition, id: string, viewer = currentViewer()): CacheRef {
    return this.projection(resource, id, recordUrl(resource, id), viewer);
  }

  /** A record, whole or in part, as its URL says. */
  projection(resource: ResourceDefinition, id: string, url: string, viewer = currentViewer()): CacheRef {
    const kind = resource.name in this.ttlSeconds ? resource.name : 'lists';
    return this.ref(viewer, url, resource, resource.name, [recordTag(resource.name, id.toLowerCase())], kind);
  }

  /** A page of the list with this filter. */
  page(resource: ResourceDefinition, filter: Readonly<Record<string, unknown>>, url: string): CacheRef {
    return this.ofList(resource, filter, url, 'list', 'lists');
  }

  /** How many rows the list has. */
  count(resource: ResourceDefinition, filter: Readonly<Record<string, unknown>>, name: string): CacheRef {
    return this.ofList(resource, filter, `count ${name}`, 'count', 'counts');
  }

  /** What is worked out of several resources. */
  summary(resource: ResourceDefinition, url: string, tags: readonly string[]): CacheRef {
    return this.ref(currentViewer(), url, resource, `${resource.name}:summary`, tags, 'summaries');
  }

  /** What is composed of other entries, by its URL. */
  composed(url: string): Pick<CacheRef, 'key' | 'staleMs'> {
    return { key: answerKey(currentViewer(), url), staleMs: this.ms(this.staleSeconds, 'lists') };
  }

  private ofList(
    resource: ResourceDefinition,
    filter: Readonly<Record<string, unknown>>,
    name: string,
    statistics: string,
    kind: Kind,
  ): CacheRef {
    const viewer = currentViewer();
    const tags = [dependency(resource, filter, viewer)];
    return this.ref(viewer, name, resource, `${resource.name}:${statistics}`, tags, kind);
  }

  private ref(
    viewer: string,
    url: string,
    { name }: ResourceDefinition,
    statistics: string,
    tags: readonly string[],
    kind: string,
  ): CacheRef {
    const clearedBy = viewer === EVERYTHING_SEEN ? [resourceTag(name)] : [resourceTag(name), tenantTag(viewer)];
    return {
      key: answerKey(viewer, url),
      resource: statistics,
      tags: [...tags, ...clearedBy],
      ttlMs: this.ms(this.ttlSeconds, kind),
      staleMs: this.ms(this.staleSeconds, kind),
    };
  }

  private ms(seconds: Readonly<Record<string, number>>, kind: string): number {
    return (seconds[kind] ?? 0) * 1000;
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
