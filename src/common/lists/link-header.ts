import { DEEPEST_OFFSET_ROW } from './list-query.js';
import type { Page } from './list-reader.js';

/**
 * The Link header of a page (RFC 8288): first, previous and next by cursor, and the last page of an
 * offset list where an exact count tells which it is.
 * @param url the request's path and query
 */
export function linkHeader(url: string, page: Page['page']): string {
  const { pathname, searchParams } = new URL(url, 'http://relative');
  const offset = searchParams.has('page');
  const link = (rel: string, change: Readonly<Record<string, string>>) => {
    const query = new URLSearchParams(searchParams);
    query.delete('cursor');
    query.delete('page');
    for (const [name, value] of Object.entries(change)) query.set(name, value);
    const text = query.toString();
    return `<${pathname}${text === '' ? '' : `?${text}`}>; rel="${rel}"`;
  };
  const links = [link('first', offset ? { page: '1' } : {})];
  if (page.previousCursor !== null) links.push(link('prev', { cursor: page.previousCursor }));
  if (page.nextCursor !== null) links.push(link('next', { cursor: page.nextCursor }));
  if (offset && page.totalIs === 'exact' && page.total !== undefined) {
    const last = Math.max(1, Math.ceil(page.total / page.limit));
    // A link to a page that would be refused as too deep helps nobody.
    if (last * page.limit <= DEEPEST_OFFSET_ROW) links.push(link('last', { page: String(last) }));
  }
  return links.join(', ');
}
