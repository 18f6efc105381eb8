import { el, keyed, one, say } from './dom.js';
import { ago, clock, figure } from './format.js';

/** Breakers: what the process stands on, since when it is so and why. @param {readonly any[]} breakers */
export function showBreakers(breakers) {
  const open = breakers.filter(({ state }) => state !== 'closed').length;
  say(one('#breakers .note'), open === 0 ? 'all closed' : `${open} open`);
  show(
    '#breakers',
    breakers,
    ({ dependency }) => dependency,
    ({ dependency, state, since, cause }) => ({
      tone: state === 'closed' ? 'good' : state === 'open' ? 'bad' : 'warn',
      name: dependency,
      state,
      since,
      why: state === 'closed' ? (cause === undefined ? '' : `opened last: ${cause}`) : (cause ?? ''),
    }),
  );
}

/** Alerts that fire or are about to. @param {readonly any[]} alerts */
export function showAlerts(alerts) {
  const wrong = alerts.filter(({ state }) => state === 'firing' || state === 'pending');
  const firing = wrong.filter(({ state }) => state === 'firing').length;
  say(one('#alerts .note'), firing === 0 ? 'none fires' : `${firing} firing`);
  show(
    '#alerts',
    wrong,
    ({ name }) => name,
    ({ name, state, severity, since, summary, advice, signal, value }) => ({
      tone: state === 'firing' && severity !== 'info' ? (severity === 'page' ? 'bad' : 'warn') : 'quiet',
      name,
      state: `${state} · ${severity}`,
      since,
      why: [summary, value === null || value === undefined ? '' : `${signal} is ${figure(value)}.`, advice]
        .filter((part) => part)
        .join(' '),
    }),
  );
}

/** A list of what may be wrong, each with its state, since when, and why. */
function show(panel, items, keyOf, view) {
  const body = one(`${panel} .body`);
  // It scrolls, and there is nothing in it that the keyboard could reach.
  body.tabIndex = 0;
  const list = body.querySelector('ul') ?? body.appendChild(el('ul', { class: 'troubles' }));
  const empty =
    body.querySelector('.empty') ?? body.appendChild(el('p', { class: 'empty' }, 'None fires, and none is about to.'));
  empty.hidden = items.length > 0;
  keyed(
    list,
    items,
    keyOf,
    () => el('li', {}, el('strong'), el('span', { class: 'what' }), el('time'), el('p')),
    (item, trouble) => {
      const { tone, name, state, since, why } = view(trouble);
      const [title, what, time, reason] = item.children;
      item.dataset.tone = tone;
      say(title, name);
      say(what, state);
      say(time, `since ${clock(since)} (${ago(since)})`);
      time.setAttribute('datetime', since);
      say(reason, why);
    },
  );
}
