import { el } from './dom.js';
import { ago, clock, count, duration, figure, ms } from './format.js';
import { SortedTable } from './table.js';

/** The index that it uses, or what it does without one. */
const planText = ({ plan }) => plan?.indexes.map(({ name }) => name).join(', ') || plan?.stages.at(-1) || '–';

/** In the order of how bad it is. */
const VERDICTS = ['index-served', 'examines-more-than-it-returns', 'sorts-in-memory', 'scans'];

/**
 * Slow queries by shape: what they read for what they return, by which index, and a button that asks for the plan.
 * @param {import('./explain.js').Explainer} explainer
 */
export function queriesTable(explainer) {
  const table = new SortedTable({
    caption: 'Slow queries by shape, in the window that is chosen',
    keyOf: ({ shape }) => shape,
    sortBy: 'Slow',
    empty: 'No query was slow.',
    columns: [
      { label: 'Shape', code: true, text: ({ shape }) => shape, by: ({ shape }) => shape },
      {
        label: 'Slow',
        about: 'How many were slow, of how many',
        number: true,
        text: (row) => `${count(row.slow)} of ${count(row.count)}`,
        by: ({ slow }) => slow,
      },
      { label: 'p95', number: true, text: ({ p95Ms }) => ms(p95Ms), by: ({ p95Ms }) => p95Ms },
      {
        label: 'Read/ret.',
        about: 'Keys or documents, whichever are more, examined for each that was returned',
        number: true,
        text: ({ plan }) => figure(plan?.examinedPerReturned ?? undefined),
        by: ({ plan }) => plan?.examinedPerReturned ?? -1,
      },
      {
        label: 'Index',
        text: planText,
        title: ({ plan, planError }) =>
          plan === null ? (planError ?? 'It has not been explained.') : plan.verdict.replaceAll('-', ' '),
        by: ({ plan }) => VERDICTS.indexOf(plan?.verdict),
        tone: ({ plan }) => (plan === null || plan.verdict === 'index-served' ? undefined : 'warn'),
        clip: true,
      },
      {
        label: 'Last seen',
        text: ({ lastSeen }) => clock(lastSeen),
        by: ({ lastSeen }) => lastSeen,
        title: ({ lastSeen }) => ago(lastSeen),
      },
      {
        label: 'Plan',
        make: (current) =>
          el(
            'button',
            { type: 'button', onclick: () => explainer.open(current()), 'aria-label': `Explain ${current().shape}` },
            'Explain',
          ),
      },
    ],
  });
  const show = ({ queries, seconds, slowMs }) => {
    table.show(queries);
    return `over ${ms(slowMs)}, in ${duration(seconds)}`;
  };
  return { element: table.element, show };
}
