import type { Results } from '../support/results.js';
import { count, span } from './figures.js';
import { type Html, html } from './html.js';
import { htmlTable, type TableOptions } from './html-table.js';
import { htmlPlot } from './page-plot.js';
import { readsTable, secondsTable, writesTable } from './page-tables.js';
import { connectionsPlot, leakPlot, type Plot, phasePlots } from './plots.js';
import {
  connectionsTable,
  databaseTable,
  flowsTable,
  gaugesTable,
  leakTable,
  peersTable,
  phasesTable,
  type Table,
} from './tables.js';

/** A part of the page: what was measured, how to read it, and what was found. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly plots: readonly Plot[];
  readonly tables: readonly Html[];
}

/** In the order in which people ask. What was not run has no section. */
export const sectionsOf = (results: Results): readonly Section[] =>
  [phases, routes, connections, peers, flows, database, gauges, leak]
    .map((of) => of(results))
    .filter(({ plots, tables }) => plots.length + tables.length > 0);

export const htmlSection = ({
  id,
  title,
  about,
  plots,
  tables,
}: Section): Html => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
<p class="about">${about}</p>
${foundOf(plots.map(htmlPlot), tables)}
</section>`;

/** One plot stands beside what it is drawn from. */
function foundOf(plots: readonly Html[], tables: readonly Html[]): Html {
  if (plots.length === 0) return html`${tables}`;
  if (plots.length === 1) return html`<div class="plots">${[...plots, ...tables]}</div>`;
  return html`<div class="plots">${plots}</div>${tables}`;
}

function phases(results: Results): Section {
  const seconds = panel(secondsTable(results));
  return {
    id: 'phases',
    title: 'Under a load that grows',
    about:
      'A mix of reads and writes in phases, one after the other; each plot has the same axis of time, in seconds. Point at a ' +
      'plot for the figures of one second. Lower is better for latency and delay; hits rise while the caches fill.',
    plots: phasePlots(results),
    tables: [
      ...panel(phasesTable(results)),
      ...seconds.map(
        (table) => html`<details><summary>All plots as figures, second by second</summary>${table}</details>`,
      ),
    ],
  };
}

function routes(results: Results): Section {
  const measured = results.routes ?? [];
  const arrivals = (temperature: string) => {
    const rates = measured.filter((route) => route.temperature === temperature).map((route) => route.arrivals);
    return rates.length === 0 ? [] : [`${temperature} ${span(rates)}/s`];
  };
  const rates = ['cold', 'warm', 'write'].flatMap(arrivals).join(', ');
  const connections = measured.length === 0 ? '' : span(measured.map((route) => route.connections));
  return {
    id: 'routes',
    title: 'Each route by itself',
    about:
      `Latency while requests arrive at a fixed rate (${rates}), each counted from when it was due, so that waiting in a ` +
      `queue counts; throughput when ${connections} connections ask again as soon as they are answered. Cold answers come ` +
      'from the database, warm ones from the cache; a body is as it is sent, compressed.',
    plots: [],
    tables: [...panel(readsTable(results)), ...panel(writesTable(results))],
  };
}

function connections(results: Results): Section {
  const plot = connectionsPlot(results);
  return {
    id: 'connections',
    title: 'By the number of connections',
    about:
      'Each connection asks again as soon as it is answered. More connections than the processors can serve make each wait ' +
      'longer; the answers in a second should stay as many.',
    plots: plot === undefined ? [] : [plot],
    tables: panel(connectionsTable(results)),
  };
}

function peers(results: Results): Section {
  const { columns, rows } = peersTable(results);
  const tables = (results.peers ?? []).flatMap(({ load, connections: at }) =>
    panel(
      {
        title: `${load}, ${count(at)} connections`,
        columns: [...columns.slice(1, 2), ...columns.slice(3)],
        rows: rows
          .filter(({ cells }) => cells[0] === load && cells[2] === count(at))
          .map((row) => ({ ...row, cells: [...row.cells.slice(1, 2), ...row.cells.slice(3)] })),
      },
      { barAt: 1 },
    ),
  );
  return {
    id: 'peers',
    title: 'Beside other programs',
    about:
      'Other programs answer the same bytes to the same load, in turn with the service on the same machine, so that the ratio ' +
      'holds where absolute figures don’t. “Service ÷ it” above 1 means that the service is faster. “By CPU” is the same ratio by the processor time of an answer: ' +
      'the client takes a processor too, and what is quicker than the client is not seen in requests/s.',
    plots: [],
    tables: tables.length === 0 ? [] : [html`<div class="side-by-side">${tables}</div>`],
  };
}

const flows = (results: Results): Section => ({
  id: 'flows',
  title: 'Flows',
  about:
    'What a client does one after the other. The first row of each is the flow as a whole, the rows below are its steps.',
  plots: [],
  tables: panel(flowsTable(results), { isCaptionUnseen: true }),
});

const database = (results: Results): Section => ({
  id: 'database',
  title: 'What the database took',
  about:
    'How long the service waited for its database, by the shape of the query; 95 of 100 queries were faster than p95. What ' +
    'the cache answers never gets here.',
  plots: [],
  tables: panel(databaseTable(results), { isCaptionUnseen: true }),
});

const gauges = (results: Results): Section => ({
  id: 'gauges',
  title: 'Single figures',
  about:
    'Hit rates, sizes and the cost of being measured: each was measured several times; the value is what they come to.',
  plots: [],
  tables: panel(gaugesTable(results), { isCaptionUnseen: true }),
});

function leak(results: Results): Section {
  const plot = leakPlot(results);
  return {
    id: 'leak',
    title: 'Leak check',
    about:
      'Memory after so many requests, each time after a collection of garbage. The first requests fill caches and pools; ' +
      'after that a slope near 0 means that nothing is kept of a request.',
    plots: plot === undefined ? [] : [plot],
    tables: panel(leakTable(results)),
  };
}

const panel = (table: Table, options: TableOptions = {}): readonly Html[] =>
  table.rows.length === 0 ? [] : [htmlTable(table, options)];
