import { el, one, say } from './dom.js';
import { clock, count, duration, figure, ms } from './format.js';

/** Shows what is known of a slow query, and has the routes that send it explained as the API would run them now. */
export class Explainer {
  constructor() {
    /** @type {import('./api.js').Api | undefined} */
    this.api = undefined;
    this.dialog = one('#explained');
    this.problem = one('.problem', this.dialog);
    this.answer = one('.answer', this.dialog);
    one('.close', this.dialog).addEventListener('click', () => this.dialog.close());
    this.dialog.addEventListener('close', () => this.asking?.abort());
  }

  /** @param {any} query of `/performance/queries/slow` */
  open(query) {
    say(one('.shape', this.dialog), query.shape);
    this.problem.hidden = true;
    const routes = query.routes.filter(({ explain }) => explain !== null);
    this.answer.replaceChildren(
      ...known(query),
      ...senders(query),
      ...this.choices(routes),
      el('div', { class: 'live', 'aria-live': 'polite' }),
    );
    this.dialog.showModal();
    if (routes.length > 0) this.ask(routes[0].explain);
  }

  /** The routes that can be run; the first one is. */
  choices(routes) {
    if (routes.length === 0)
      return [el('p', { class: 'empty' }, 'No route that only reads sends it, so it cannot be run from here.')];
    const buttons = routes.map(({ route, explain }) =>
      el('button', { type: 'button', onclick: () => this.ask(explain) }, `Explain ${route} now`),
    );
    return [el('p', { class: 'choices' }, ...buttons)];
  }

  async ask(body) {
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    const live = one('.live', this.answer);
    live.replaceChildren(el('p', { class: 'empty' }, `Running ${body.route} …`));
    this.problem.hidden = true;
    try {
      const { route, status, queries } = await this.api.post('/performance/queries/explain', body, signal);
      const asked = Object.entries(body.parameters).map(([name, value]) => `${name}=${value}`);
      live.replaceChildren(
        el(
          'h3',
          {},
          `${route} as it runs now: ${status}, ${queries.length} ${queries.length === 1 ? 'query' : 'queries'}`,
        ),
        ...(asked.length === 0
          ? []
          : [el('p', { class: 'quiet' }, `with ${asked.join(', ')}, from the documentation`)]),
        ...queries.flatMap(explained),
      );
    } catch (error) {
      if (signal.aborted) return;
      live.replaceChildren();
      say(this.problem, error.message);
      this.problem.hidden = false;
    }
  }
}

/** What was seen of it. */
function known({ plan, planError, latest, totalMs, slow, lastSeen }) {
  return [
    facts({
      slow: count(slow),
      'time in all': totalMs < 10_000 ? ms(totalMs) : duration(totalMs / 1000),
      'last seen': clock(lastSeen),
      ...planFacts(plan),
    }),
    ...(planError === null ? [] : [el('p', { class: 'quiet' }, planError)]),
    ...(latest.length === 0
      ? []
      : [
          el('h3', {}, 'Latest slow ones, to be found in the log'),
          el(
            'pre',
            {},
            latest
              .map(
                ({ at, ms: took, correlationId, by }) =>
                  `${clock(at)}  ${ms(took).padStart(9)}  ${correlationId ?? '–'}  ${by ?? ''}`,
              )
              .join('\n'),
          ),
        ]),
  ];
}

function explained({ shape, ms: took, plan, planError, advice, createIndex }) {
  return [
    el('pre', { class: 'query' }, shape),
    facts({ took: took === null ? 'within the one before' : ms(took), ...planFacts(plan) }),
    ...(planError === null ? [] : [el('p', { class: 'quiet' }, planError)]),
    el('p', { class: 'advice' }, advice),
    ...(createIndex === null ? [] : [command(createIndex)]),
  ];
}

/** Whose query it is, with what the documentation says of them. */
function senders({ routes, work }) {
  const links = routes.map(({ route, documentation }) =>
    el('li', {}, documentation === null ? route : el('a', { href: documentation, target: '_blank' }, route)),
  );
  const own = work.map((name) => el('li', {}, name));
  return links.length + own.length === 0
    ? []
    : [el('h3', {}, 'Sent by'), el('ul', { class: 'senders' }, ...links, ...own)];
}

const planFacts = (plan) =>
  plan === null
    ? {}
    : {
        verdict: plan.verdict.replaceAll('-', ' '),
        stages: plan.stages.join(' ← '),
        index: plan.indexes.map(({ name }) => name).join(', ') || 'none',
        'keys / documents / returned': [plan.keysExamined, plan.docsExamined, plan.returned]
          .map((value) => count(value ?? undefined))
          .join(' / '),
        'read per returned': figure(plan.examinedPerReturned ?? undefined),
      };

const facts = (entries) =>
  el(
    'dl',
    { class: 'facts' },
    ...Object.entries(entries).map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))),
  );

/** A line for mongosh, to be copied; by hand where the browser doesn't let pages copy (not over HTTPS). */
export function command(line) {
  const code = el('code', { class: 'line', title: line }, line);
  const button = el('button', { type: 'button', 'aria-label': `Copy ${line}` }, 'Copy');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(line);
      say(button, 'Copied');
    } catch {
      getSelection()?.selectAllChildren(code);
      say(button, 'Selected');
    }
    setTimeout(() => say(button, 'Copy'), 2_000);
  });
  return el('span', { class: 'command' }, button, code);
}
