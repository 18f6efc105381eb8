import { Api } from './api.js';
import { cacheTable } from './cache.js';
import { one, say } from './dom.js';
import { Explainer } from './explain.js';
import { clock, duration } from './format.js';
import { History, livePoint, pastPoint } from './history.js';
import { indexesTable } from './indexes.js';
import { KeyHolder } from './key.js';
import { makePlots } from './plots.js';
import { PolledPanel } from './polled.js';
import { queriesTable } from './queries.js';
import { routesTable } from './routes.js';
import { Feed } from './stream.js';
import { themed } from './theme.js';
import { showAlerts, showBreakers } from './troubles.js';
import { showObjectives, showVerdict } from './verdict.js';

/** The database is asked for them, and they change seldom. */
const INDEXES_EVERY_MS = 30_000;
const INDEX_SIGNALS = ['missingIndexes', 'scanningQueries'];

const plots = makePlots();
one('#plots').append(...plots.map(({ element }) => element));
const explainer = new Explainer();
const tables = {
  routes: routesTable(),
  queries: queriesTable(explainer),
  cache: cacheTable(),
  indexes: indexesTable(),
};
for (const [name, { element }] of Object.entries(tables)) one(`#${name} .body`).append(element);

/** One look at one service with one key, from when the key is given until it is forgotten. */
class Board {
  constructor(key) {
    this.api = new Api(key);
    this.history = new History();
    this.panels = this.makePanels();
    this.feed = new Feed(
      this.api,
      (event, data) => (event === 'snapshot' ? this.see(data) : this.hear(data)),
      (state) => this.tellState(state),
      (error) => refused(error),
    );
  }

  start() {
    explainer.api = this.api;
    this.feed.start();
    this.recall();
  }

  stop() {
    this.feed.stop();
    for (const panel of Object.values(this.panels)) panel.stop();
  }

  makePanels() {
    const polled = (name, path, show, everyMs) =>
      new PolledPanel(one(`#${name}`), (signal) => this.api.get(path(), signal), show, everyMs);
    return {
      verdict: new PolledPanel(one('#verdict'), (signal) => this.judge(signal), showVerdict),
      routes: polled('routes', () => `/performance/metrics/summary?window=${chosenWindow()}`, tables.routes.show),
      queries: polled('queries', () => `/performance/queries/slow?window=${chosenWindow()}`, tables.queries.show),
      cache: polled('cache', () => '/performance/cache/stats', tables.cache.show),
      indexes: polled('indexes', () => '/performance/indexes', tables.indexes.show, INDEXES_EVERY_MS),
    };
  }

  /** What it has done since its start is what the objectives are about. */
  async judge(signal) {
    const [health, summary] = await Promise.all([
      this.api.get('/performance/health', signal),
      this.api.get('/performance/metrics/summary?window=start', signal).catch(() => undefined),
    ]);
    this.total = summary?.total ?? this.total;
    return health;
  }

  /** The first one says that the key is good. */
  see(snapshot) {
    const { process, signals, breakers, alerts } = snapshot;
    if (this.snapshot === undefined) {
      show(true);
      for (const panel of Object.values(this.panels)) panel.start();
    } else if (this.snapshot.process.instance !== process.instance) {
      this.history.interrupt();
      this.refreshAll();
    }
    // They are asked for seldom, but what is wrong with them is known at once.
    const known = this.snapshot?.signals ?? signals;
    if (INDEX_SIGNALS.some((name) => known[name] !== signals[name])) this.panels.indexes.refresh();
    this.snapshot = snapshot;
    this.history.add(Date.parse(snapshot.at) / 1000, livePoint(snapshot));
    for (const plot of plots) plot.show(this.history);
    showBreakers(breakers);
    showAlerts(alerts);
    showObjectives(signals, this.total);
    const { host, pid, instance, uptimeSeconds } = process;
    say(
      one('#process'),
      `${host} · pid ${pid} · up ${duration(uptimeSeconds)} · this process alone (${instance.slice(0, 8)})`,
    );
  }

  /** A breaker has changed: what stands on it has too. */
  hear(breaker) {
    if (this.snapshot === undefined) return;
    const breakers = this.snapshot.breakers.map((known) => (known.dependency === breaker.dependency ? breaker : known));
    this.snapshot = { ...this.snapshot, breakers };
    showBreakers(breakers);
    this.panels.verdict.refresh();
  }

  /** What was before this page was opened; it is no matter if nobody knows. */
  async recall() {
    const trends = await this.api.get('/performance/metrics/trends?window=1h').catch(() => ({ points: [] }));
    this.history.before(trends.points.filter(({ processes }) => processes > 0).map(pastPoint));
  }

  refreshAll() {
    for (const panel of Object.values(this.panels)) panel.refresh();
  }

  tellState(state) {
    const element = one('#state');
    element.dataset.state = state.kind;
    say(element, stateText(state));
    // Apart, as it would be read out every second.
    say(one('#retry'), retryText(state));
  }
}

function stateText(state) {
  switch (state.kind) {
    case 'live':
      return 'live';
    case 'stale':
      return `stale since ${clock(state.sinceMs)}`;
    case 'disconnected':
      return `disconnected since ${clock(state.sinceMs)}`;
    default:
      return 'connecting';
  }
}

const retryText = ({ kind, why, retryAtMs }) =>
  kind === 'disconnected' ? `${why} Next try in ${Math.max(0, Math.round((retryAtMs - Date.now()) / 1000))} s.` : '';

const chosenWindow = () => one('#windows input:checked').value;

/** @type {Board | undefined} */
let board;
const keys = new KeyHolder(open, close);

function open(key) {
  close();
  board = new Board(key);
  board.start();
}

function close() {
  board?.stop();
  board = undefined;
  show(false);
  say(one('#state'), '');
  say(one('#process'), '');
}

function refused(error) {
  close();
  keys.ask(error.status === 401 ? 'This key is not valid.' : `This key is not enough. ${error.message}`);
}

function show(isThere) {
  for (const id of ['board', 'windows', 'as-tables', 'sign-out']) one(`#${id}`).hidden = !isThere;
}

one('#windows').addEventListener('change', () => {
  board?.panels.routes.refresh();
  board?.panels.queries.refresh();
});
themed(one('#theme'), () => {
  for (const plot of plots) plot.recolour();
});
const AS_TABLES = 'dashboard-plots-as-tables';
const asTables = one('#as-tables');
function showAsTables(wanted) {
  asTables.setAttribute('aria-pressed', String(wanted));
  for (const plot of plots) plot.asTable(wanted);
}
asTables.addEventListener('click', () => {
  const wanted = asTables.getAttribute('aria-pressed') !== 'true';
  localStorage.setItem(AS_TABLES, String(wanted));
  showAsTables(wanted);
});
showAsTables(localStorage.getItem(AS_TABLES) === 'true');
keys.start();
