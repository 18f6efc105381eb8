import { count, duration, figure, ms, percent, perSecond } from './format.js';
import { SortedTable } from './table.js';

/** Routes by what they cost in all, not only by how slow they are. */
export function routesTable() {
  let whole = 1;
  const table = new SortedTable({
    caption: 'Requests by route, in the window that is chosen',
    keyOf: ({ method, route }) => `${method} ${route}`,
    sortBy: 'Total time',
    empty: 'No requests in this time.',
    columns: [
      {
        label: 'Route',
        code: true,
        text: ({ method, route }) => `${method} ${route.replace('/api/v1', '')}`,
        title: ({ method, route }) => `${method} ${route}`,
        by: ({ route, method }) => `${route} ${method}`,
      },
      {
        label: 'Total time',
        about: 'Rate times mean: what the route costs in all. The bar is its share.',
        number: true,
        text: ({ durations }) => total(durations.totalMs),
        by: ({ durations }) => durations.totalMs,
        bar: ({ durations }) => durations.totalMs / whole,
      },
      {
        label: 'Rate',
        number: true,
        text: ({ ratePerSecond }) => perSecond(ratePerSecond),
        by: ({ ratePerSecond }) => ratePerSecond,
      },
      {
        label: 'p50',
        number: true,
        text: ({ durations }) => ms(durations.p50Ms),
        by: ({ durations }) => durations.p50Ms,
      },
      {
        label: 'p95',
        number: true,
        text: ({ durations }) => ms(durations.p95Ms),
        by: ({ durations }) => durations.p95Ms,
      },
      {
        label: 'p99',
        number: true,
        text: ({ durations }) => ms(durations.p99Ms),
        by: ({ durations }) => durations.p99Ms,
      },
      {
        label: 'Errors',
        about: 'Answers 5xx',
        number: true,
        text: ({ errors }) => count(errors),
        by: ({ errors }) => errors,
        tone: ({ errors }) => (errors > 0 ? 'bad' : undefined),
      },
      {
        label: 'Queries',
        about: 'Commands to the database per request',
        number: true,
        text: ({ queriesPerRequest }) => figure(queriesPerRequest),
        by: ({ queriesPerRequest }) => queriesPerRequest,
      },
      {
        label: 'Hits',
        about: 'Share of the answers that were in memory',
        number: true,
        text: ({ hitShare }) => percent(hitShare),
        by: ({ hitShare }) => hitShare,
      },
    ],
  });
  const show = ({ routes, seconds, total: all }) => {
    whole = Math.max(1, all.durations.totalMs);
    table.show(routes);
    return `${count(all.count)} requests in ${duration(seconds)}`;
  };
  return { element: table.element, show };
}

const total = (totalMs) => (totalMs < 10_000 ? ms(totalMs) : duration(totalMs / 1000));
