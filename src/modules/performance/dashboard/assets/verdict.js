import { el, keyed, one, say } from './dom.js';
import { ago, clock, count, ms, percent, short } from './format.js';

/** So many of the requests are to be answered without a failure of the service. */
const AVAILABILITY = 0.999;
const LATENCY_P99_MS = 1_000;
const SLOW_SHARE = 0.05;
/** Twice the pace at which a month's budget lasts a month; and that at which it is gone in two days. */
const BURNS = 2;
const BURNS_FAST = 14.4;

/** Where on the page there is more about what a path of the API tells. */
const PANELS = [
  ['circuit-breakers', '#breakers'],
  ['cache', '#cache'],
  ['queries', '#queries'],
  ['indexes', '#indexes'],
  ['alerts', '#alerts'],
  ['metrics/summary', '#routes'],
  ['metrics/pool', '#plot-pool'],
  ['metrics/trends', '#plot-memory'],
];
const panelOf = (link) => PANELS.find(([path]) => link.includes(`/performance/${path}`))?.[1] ?? '#plots';

/** Shows how the process is, and why. @param {{ status: string, since: string, reasons: readonly any[] }} health */
export function showVerdict({ status, since, reasons }) {
  const word = one('#verdict .word');
  word.dataset.state = status;
  say(word, status);
  word.title = `since ${clock(since)}`;
  document.title = `${status === 'healthy' ? '' : `${status.toUpperCase()} · `}Performance · Enterprise Service`;
  const said =
    reasons.length > 0
      ? reasons
      : [{ severity: 'healthy', text: `Nothing is wrong, since ${clock(since)} (${ago(since)}).` }];
  keyed(
    one('#verdict .reasons'),
    said,
    ({ text, severity }) => (severity === 'healthy' ? severity : text),
    ({ link }) => el('li', {}, el(link === undefined ? 'span' : 'a', { href: link && panelOf(link) })),
    (item, { text, severity }) => {
      item.dataset.state = severity;
      say(item.firstElementChild, text);
    },
  );
}

/**
 * Objectives with what they are held against.
 * @param {Readonly<Record<string, number>>} signals as of now
 * @param {{ count: number, errors: number } | undefined} total since the start
 */
export function showObjectives(signals, total) {
  const burn = (share) => share / (1 - AVAILABILITY);
  const [fast, slow] = [burn(signals.requestErrorShare5m), burn(signals.requestErrorShare1h)];
  const spent = total && total.count > 0 ? total.errors / ((1 - AVAILABILITY) * total.count) : 0;
  const rows = [
    {
      name: 'Availability',
      value: total === undefined ? '–' : short(percent(total.count === 0 ? 1 : 1 - total.errors / total.count, 3)),
      against: `≥ ${short(percent(AVAILABILITY))}, since start`,
      tone: spent > 1 ? 'bad' : 'good',
    },
    {
      name: 'Error budget left',
      value: percent(Math.max(0, 1 - spent)),
      against: `burns ${fast.toFixed(1)}× 5 min, ${slow.toFixed(1)}× 1 h`,
      tone: spent > 1 || fast > BURNS_FAST ? 'bad' : fast > BURNS || slow > BURNS ? 'warn' : 'good',
    },
    {
      name: 'Latency p99',
      value: ms(signals.requestP99Ms),
      against: `≤ ${short(ms(LATENCY_P99_MS))}, last minute`,
      tone: signals.requestP99Ms > LATENCY_P99_MS ? 'bad' : 'good',
    },
    {
      name: 'Slow queries',
      value: percent(signals.slowQueryShare),
      against: `< ${short(percent(SLOW_SHARE))}, last 5 min`,
      tone: signals.slowQueryShare > 2 * SLOW_SHARE ? 'bad' : signals.slowQueryShare >= SLOW_SHARE ? 'warn' : 'good',
    },
    {
      name: 'Stale reads',
      value: count(signals.cacheViolations),
      against: 'none, since start',
      tone: signals.cacheViolations > 0 ? 'bad' : 'good',
    },
  ];
  keyed(
    one('#verdict .objectives'),
    rows,
    ({ name }) => name,
    ({ name }) => el('div', {}, el('dt', {}, name), el('dd', {}), el('dd', { class: 'against' })),
    (item, { value, against, tone }) => {
      item.dataset.tone = tone;
      say(item.children[1], value);
      say(item.children[2], against);
    },
  );
}
