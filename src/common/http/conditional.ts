import type { Precondition } from '../database/precondition.js';

/** A tag of ours in If-Match: the version, with the content coding that it may have been answered in. */
const VERSION_TAG = /^"([1-9]\d{0,14})(?:-(?:gzip|br|zstd))?"$/;

/**
 * Parses If-Match (RFC 9110 13.1.1). Tags compare strongly: a weak tag, or one that isn't of a
 * version, matches nothing.
 */
export function parseIfMatch(header: string | undefined): Precondition | undefined {
  if (header === undefined) return undefined;
  if (header.trim() === '*') return 'any-version';
  const versions = entityTags(header).flatMap((tag) => {
    const version = VERSION_TAG.exec(tag)?.[1];
    return version === undefined ? [] : [Number(version)];
  });
  return { versions };
}

/** Whether If-None-Match names the tag, compared weakly (RFC 9110 13.1.2): the client has this answer. */
export function noneMatchNames(header: string, tag: string): boolean {
  if (header.trim() === '*') return true;
  const opaque = opaqueTag(tag);
  return entityTags(header).some((candidate) => opaqueTag(candidate) === opaque);
}

const opaqueTag = (tag: string): string => tag.replace(/^W\//, '').replace(/-(?:gzip|br|zstd)"$/, '"');

const entityTags = (header: string): readonly string[] => header.match(/(?:W\/)?"[^"]*"/g) ?? [];
