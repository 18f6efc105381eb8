/* global uPlot */
import { el, say } from './dom.js';
import { clock, short } from './format.js';

const HEIGHT = 112;
/** Told apart without colour: each line has a dash of its own. */
const DASHES = [[], [6, 3], [2, 3], [7, 2, 2, 2]];
const TABLE_ROWS = 10;
/** Steps of the axis of time, in seconds. */
const MINUTES = [60, 120, 300, 600, 900, 1800];
const LEAST_SPAN_SECONDS = 120;

/**
 * @typedef {object} Line
 * @property {string} label
 * @property {(signals: any) => number} of
 * @property {(value: number) => string} text
 * @property {boolean} [right] has the scale on the right, of shares of 1
 * @property {readonly number[]} [steps] that the axis may have
 */

/** Some signals over time: a canvas for the eye, the current values as text, and a table of the last minutes. */
export class Plot {
  /** @param {{ id: string, title: string, about: string, lines: readonly Line[], most?: number }} options */
  constructor({ id, title, about, lines, most }) {
    Object.assign(this, { lines, most });
    this.values = lines.map(() => el('dd', {}, '–'));
    const swatches = lines.map((_, at) => swatch(at));
    this.swatches = swatches.map(({ line }) => line);
    this.moment = el('p', { class: 'note' }, 'now');
    this.canvas = el('div', { class: 'canvas', 'aria-hidden': 'true' });
    this.table = el('div', {
      class: 'figures',
      tabindex: '0',
      role: 'region',
      'aria-label': `${title}, by minute`,
      hidden: true,
    });
    const legend = lines.map(({ label }, at) => el('div', {}, el('dt', {}, swatches[at].svg, label), this.values[at]));
    this.element = el(
      'figure',
      { id: `plot-${id}`, class: 'panel plot', 'aria-label': `${title}. ${about}` },
      el('header', {}, el('h2', { title: about }, title), this.moment),
      el('dl', {}, ...legend),
      this.canvas,
      this.table,
    );
  }

  /** @param {import('./history.js').History} history */
  show(history) {
    this.history = history;
    const columns = this.lines.map(({ of }) =>
      history.points.map((signals) => (signals === null ? null : known(of(signals)))),
    );
    this.data = [history.times, ...columns];
    if (this.drawn === undefined) this.draw();
    else this.drawn.setData(this.data);
    if (this.pointed === undefined) this.tell(history.latest, undefined);
    if (!this.table.hidden) this.tabulate();
  }

  /** Shows figures instead of lines. */
  asTable(wanted) {
    this.table.hidden = !wanted;
    this.canvas.hidden = wanted;
    if (wanted && this.history !== undefined) this.tabulate();
  }

  /** Takes the colours of the theme. */
  recolour() {
    this.drawn?.destroy();
    this.drawn = undefined;
    if (this.data !== undefined) this.draw();
  }

  draw() {
    this.drawn = new uPlot(this.options(), this.data, this.canvas);
    this.resizer ??= new ResizeObserver(() =>
      this.drawn?.setSize({ width: this.canvas.clientWidth || 300, height: HEIGHT }),
    );
    this.resizer.observe(this.canvas);
  }

  options() {
    const { color } = getComputedStyle(this.canvas);
    const grid = getComputedStyle(this.element).borderTopColor;
    const font = '10px system-ui, sans-serif';
    const axis = { stroke: color, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
    const left = this.lines.find(({ right }) => !right);
    const right = this.lines.find((line) => line.right);
    const side = ({ text, steps }) => ({
      ...axis,
      size: 52,
      gap: 4,
      space: 28,
      values: (_plot, ticks) => ticks.map((tick) => short(text(tick))),
      ...(steps === undefined ? {} : { incrs: steps }),
    });
    return {
      width: this.canvas.clientWidth || 300,
      height: HEIGHT,
      padding: [6, right === undefined ? 10 : 0, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: 'dashboard' }, drag: { setScale: false }, points: { size: 5 } },
      scales: {
        x: { time: true, range: (_plot, from, to) => [Math.min(from ?? 0, (to ?? 0) - LEAST_SPAN_SECONDS), to ?? 0] },
        left: { range: (_plot, _from, to) => [0, room(to, this.most)] },
        right: { range: () => [0, 1] },
      },
      axes: [
        {
          ...axis,
          size: 24,
          gap: 5,
          space: 50,
          incrs: MINUTES,
          values: (_plot, ticks) => ticks.map((tick) => clock(tick * 1000).slice(-8, -3)),
        },
        { scale: 'left', ...side(left) },
        ...(right === undefined ? [] : [{ scale: 'right', side: 1, ...side(right), grid: { show: false } }]),
      ],
      series: [
        {},
        ...this.lines.map(({ label, right }, at) => ({
          label,
          scale: right ? 'right' : 'left',
          stroke: getComputedStyle(this.swatches[at]).stroke,
          dash: DASHES[at],
          width: 1.5,
          points: { show: false },
        })),
      ],
      hooks: { setCursor: [(plot) => this.pointAt(plot.cursor.idx)], drawClear: [(plot) => this.markLive(plot, grid)] },
    };
  }

  /** What was before is of whole minutes, and of all processes: it stands on another ground. */
  markLive(plot, colour) {
    const { liveSince, times } = this.history ?? {};
    if (liveSince === undefined || (times?.[0] ?? liveSince) >= liveSince) return;
    const { ctx, bbox } = plot;
    const x = Math.round(plot.valToPos(liveSince, 'x', true));
    ctx.save();
    ctx.fillStyle = colour;
    ctx.globalAlpha = 0.35;
    ctx.fillRect(bbox.left, bbox.top, x - bbox.left, bbox.height);
    ctx.restore();
  }

  /** Tells the values at the pointer; the latest where there is none. */
  pointAt(index) {
    const signals = typeof index === 'number' ? this.history?.points[index] : undefined;
    this.pointed = signals ?? undefined;
    if (signals) this.tell(signals, this.history.times[index]);
    else this.tell(this.history?.latest, undefined);
  }

  tell(signals, at) {
    say(this.moment, at === undefined ? 'now' : `at ${clock(at * 1000)}`);
    this.lines.forEach(({ of, text }, index) => {
      say(this.values[index], signals === undefined ? '–' : text(of(signals)));
    });
  }

  tabulate() {
    const head = el(
      'tr',
      {},
      el('th', { scope: 'col' }, 'Time'),
      ...this.lines.map(({ label }) => el('th', { scope: 'col', class: 'number' }, label)),
    );
    const rows = this.history
      .byMinute(TABLE_ROWS)
      .map(({ at, signals }) =>
        el(
          'tr',
          {},
          el('th', { scope: 'row' }, clock(at * 1000)),
          ...this.lines.map(({ of, text }) => el('td', { class: 'number' }, text(of(signals)))),
        ),
      );
    this.table.replaceChildren(el('table', {}, el('thead', {}, head), el('tbody', {}, ...rows)));
  }
}

/** A line has a gap where a value isn't known. */
const known = (value) => (Number.isFinite(value) ? value : null);

/** The largest value has room above it; what must not look large doesn't fill the plot. */
const room = (to, most) => Math.max((to ?? 0) * 1.12, most ?? 0, 1e-3);

const SVG = 'http://www.w3.org/2000/svg';

/** A piece of the line, as it is drawn. */
function swatch(at) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 8');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'swatch');
  const line = document.createElementNS(SVG, 'line');
  for (const [name, value] of Object.entries({ x1: 0, x2: 16, y1: 4, y2: 4, class: `line-${at + 1}` }))
    line.setAttribute(name, String(value));
  if (DASHES[at].length > 0) line.setAttribute('stroke-dasharray', DASHES[at].join(' '));
  svg.append(line);
  return { svg, line };
}
