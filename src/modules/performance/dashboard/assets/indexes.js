import { el } from './dom.js';
import { command } from './explain.js';
import { ago, clock, count } from './format.js';
import { SortedTable } from './table.js';

/** What is wrong with an index, the worst first; the words of the API for it, and those of the page. */
const STATES = [
  ['missing', 'missing', 'bad'],
  ['different', 'not as declared', 'bad'],
  ['wanted-by-query', 'wanted by a query', 'warn'],
  ['redundant', 'redundant', 'warn'],
  ['unused', 'unused', 'warn'],
  ['undeclared', 'undeclared', undefined],
  ['as-declared', 'as declared', undefined],
];
const stateOf = ({ state }) => STATES.find(([name]) => name === state) ?? [state, state, undefined];

const keysText = (keys) =>
  `{ ${Object.entries(keys)
    .map(([field, direction]) => `${field}: ${direction}`)
    .join(', ')} }`;

/** The database's indexes against those that are declared, each with what to do about it. */
export function indexesTable() {
  const table = new SortedTable({
    caption: 'Indexes, declared against existing',
    keyOf: ({ collection, name, state }) => `${collection} ${name} ${state}`,
    sortBy: 'State',
    empty: 'The database has none.',
    columns: [
      {
        label: 'Index',
        code: true,
        text: ({ collection, keys }) => `${collection} ${keysText(keys)}`,
        by: ({ collection, name }) => `${collection} ${name}`,
      },
      {
        label: 'State',
        text: (row) => stateOf(row)[1],
        by: (row) => STATES.indexOf(stateOf(row)),
        tone: (row) => stateOf(row)[2],
        title: ({ detail }) => detail,
      },
      {
        label: 'Uses',
        number: true,
        text: ({ uses }) => count(uses ?? undefined),
        by: ({ uses }) => uses ?? -1,
        title: ({ usesSince }) => (usesSince === null ? '' : `since ${clock(usesSince)} (${ago(usesSince)})`),
      },
      { label: 'What to do, in mongosh', make: (current) => fix(current()) },
    ],
  });
  const show = ({ collections, advice, usesUnknown }) => {
    table.show(rowsOf(collections, advice));
    const wrong = advice.filter(({ problem }) => problem === 'missing' || problem === 'different').length;
    const known = collections.reduce((sum, { indexes }) => sum + indexes.length, 0);
    const state =
      wrong > 0 ? `${wrong} not as declared` : advice.length > 0 ? `${advice.length} to look at` : 'all as declared';
    return [`${known} indexes`, state, ...(usesUnknown === null ? [] : [`uses unknown: ${usesUnknown}`])].join(' · ');
  };
  return { element: table.element, show };
}

/** An index is shown by the worst that is said of it. */
function rowsOf(collections, advice) {
  const rows = collections.flatMap(({ collection, indexes }) =>
    indexes.map((index) => {
      const said = advice.find(
        (one) => one.collection === collection && one.index.name === index.name && one.problem !== 'wanted-by-query',
      );
      return {
        collection,
        ...index,
        state: said?.problem ?? index.state,
        detail: said?.detail ?? '',
        lines: linesOf(said),
      };
    }),
  );
  const wanted = advice.filter(({ problem }) => problem === 'wanted-by-query');
  return [
    ...rows,
    ...wanted.map(({ collection, index, problem, detail, shape, ...said }) => ({
      ...{ collection, name: `${index.name} ${shape}`, keys: index.keys, state: problem },
      ...{ uses: null, usesSince: null, detail: `${detail} ${shape}`, lines: linesOf(said) },
    })),
  ];
}

const linesOf = (said) => [said?.dropIndex, said?.createIndex].filter((line) => typeof line === 'string');

const fix = ({ lines }) =>
  lines.length === 0 ? document.createTextNode('') : el('span', {}, command(lines.join('; ')));
