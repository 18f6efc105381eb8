import { type ListShape, publicName } from '../lists/list-shapes.js';

interface GivenFilters {
  /** Filters that the route sets by itself, so that no client gives them. */
  readonly fixed: readonly string[];
  /** Filters that the route takes. */
  readonly taken: readonly string[];
}

/** The combinations of filters and sort that indexes serve, as a table in Markdown. */
export function servedTable(shapes: readonly ListShape[], { fixed, taken }: GivenFilters): string {
  const rows = shapes
    .filter(({ filters }) => fixed.every((filter) => filters.includes(filter)))
    .map(({ filters, sort }) => ({
      filters: filters.filter((filter) => !fixed.includes(filter)).map(publicName),
      sort,
    }))
    .filter(({ filters }) => filters.every((filter) => taken.includes(filter)))
    .map(({ filters, sort }) => {
      const names = filters.length === 0 ? '(none)' : filters.map((name) => `\`${name}\``).join(', ');
      return `| ${names} | ${sort === undefined ? '(any, at most one row)' : `\`${publicName(sort)}\``} |`;
    });
  return [
    'Filters and sort combine where an index serves them, in either direction; any other combination is refused:',
    ['| filters | sort |', '| --- | --- |', ...rows].join('\n'),
  ].join('\n\n');
}
