/* global uPlot, document, getComputedStyle, matchMedia, ResizeObserver */
// The script of the page that page.ts writes: draws the plots, and tells the figures at the pointer.

/** @typedef {import('./plots.js').Plot} Plot */

const { plots, dashes } = JSON.parse(document.querySelector('#plots').textContent);
const FONT = '11px system-ui, sans-serif';
const UNITS = { ms: ' ms', '/s': '/s', '%': ' %', MB: ' MB' };

/** @type {Map<string, { drawn: any }>} */
const all = new Map();
for (const plot of plots) draw(plot);
// The colours of the canvas are those of the theme; paper is light.
for (const query of ['(prefers-color-scheme: dark)', 'print']) {
  matchMedia(query).addEventListener('change', () => plots.forEach(draw));
}

const resizer = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const { drawn } = all.get(target.parentElement.id);
    if (drawn.width !== target.clientWidth && target.clientWidth > 0) drawn.setSize(sizeOf(target));
  }
});
for (const id of all.keys()) resizer.observe(document.querySelector(`#${id} .canvas`));

/** @param {Plot} plot */
function draw(plot) {
  const id = `plot-${plot.id}`;
  const figure = document.getElementById(id);
  const canvas = figure.querySelector('.canvas');
  all.get(id)?.drawn.destroy();
  const data = [plot.x.values, ...plot.lines.map(({ values }) => values)];
  all.set(id, { drawn: new uPlot(optionsOf(plot, figure, canvas), data, canvas) });
}

function sizeOf(canvas) {
  return { width: canvas.clientWidth || 440, height: canvas.clientHeight || 210 };
}

/** @param {Plot} plot */
function optionsOf(plot, figure, canvas) {
  const quiet = getComputedStyle(canvas).color;
  const { borderTopColor: edge, color: text } = getComputedStyle(figure);
  const strokes = [...figure.querySelectorAll('.swatch > *')].map((line) => getComputedStyle(line).stroke);
  const axis = { stroke: quiet, font: FONT, labelFont: FONT, grid: { stroke: edge, width: 1 }, ticks: { show: false } };
  const write = (value) => (value === null ? '' : short(value, plot.unit));
  return {
    ...sizeOf(canvas),
    padding: [plot.phases === undefined ? 8 : 18, 14, 0, 0],
    legend: { show: false },
    cursor: {
      ...(plot.phases === undefined ? {} : { sync: { key: 'phases' } }),
      drag: { setScale: false },
      points: { size: 6 },
    },
    scales: {
      x: { time: false, ...acrossOf(plot) },
      y: plot.isLog
        ? { distr: 3, range: (_plot, from, to) => decades(from ?? 1, to ?? 10) }
        : { range: (_plot, _from, to) => [0, Math.max((to ?? 0) * 1.12, plot.most ?? 1)] },
    },
    axes: [
      {
        ...axis,
        label: plot.x.label,
        labelSize: 18,
        size: 22,
        gap: 4,
        values: (_plot, ticks) => ticks.map((tick) => (tick === null ? '' : tick.toLocaleString('en'))),
        ...(plot.x.isLog ? { splits: () => plot.x.values, filter: (_plot, ticks) => ticks } : {}),
      },
      {
        ...axis,
        ...(plot.isLog ? { grid: { ...axis.grid, filter: (_plot, ticks) => ticks.map(power) } } : {}),
        size: 58,
        gap: 4,
        space: 26,
        values: (_plot, ticks) => ticks.map(write),
      },
    ],
    series: [
      {},
      ...plot.lines.map(({ label, look, isDots, values }, at) => ({
        label,
        stroke: strokes[at],
        dash: dashes[look % dashes.length],
        width: 1.75,
        ...(isDots ? { paths: () => null } : {}),
        points: { show: isDots === true || values.length < 12, size: isDots ? 9 : 6, dash: [], fill: strokes[at] },
      })),
    ],
    hooks: {
      drawClear: [(drawn) => mark(plot.phases ?? [], drawn, { edge, text })],
      setCursor: [(drawn) => tell(plot, figure, drawn.cursor.idx)],
    },
  };
}

/** From the power of ten below the least to the first 1, 2 or 5 above the most. */
function decades(least, most) {
  const size = 10 ** Math.floor(Math.log10(Math.max(most, 0.001)));
  return [
    10 ** Math.floor(Math.log10(Math.max(least, 0.001))),
    size * ([1, 2, 5].find((times) => times * size > most) ?? 10),
  ];
}

/** Lines between the powers of ten would hide the ones that count. */
function power(tick) {
  return tick !== null && Number.isInteger(Number(Math.log10(tick).toFixed(9))) ? tick : null;
}

/**
 * The axis from left to right: equal steps for equal times, where it is of connections.
 * @param {Plot} plot
 */
function acrossOf({ x, phases, lines }) {
  const [first, last] = [x.values[0], x.values.at(-1)];
  if (x.isLog) return { distr: 3, range: () => [first * 0.8, last * 1.25] };
  if (phases !== undefined) return { range: () => [phases[0].from, Math.max(...phases.map(({ to }) => to))] };
  const room = lines.some(({ isDots }) => isDots) ? 0.03 * (last - first) : 0;
  return { range: () => [first - room, last + room] };
}

/** Each phase has its name above it; every other stands on another ground. */
function mark(phases, { ctx, bbox, valToPos }, { edge, text }) {
  ctx.save();
  ctx.font = `${Math.round(11 * devicePixelRatio)}px system-ui, sans-serif`;
  ctx.textBaseline = 'bottom';
  phases.forEach(({ name, from, to }, at) => {
    const [left, right] = [valToPos(from, 'x', true), valToPos(to, 'x', true)];
    ctx.fillStyle = edge;
    ctx.globalAlpha = 0.4;
    if (at % 2 === 1) ctx.fillRect(left, bbox.top, right - left, bbox.height);
    ctx.globalAlpha = 1;
    ctx.fillRect(Math.round(left), bbox.top, devicePixelRatio, bbox.height);
    ctx.fillStyle = text;
    ctx.fillText(
      name,
      left + 3 * devicePixelRatio,
      bbox.top - 2 * devicePixelRatio,
      right - left - 6 * devicePixelRatio,
    );
  });
  ctx.restore();
}

/** The figures at the pointer; none where there is no pointer. */
function tell({ lines, unit }, figure, index) {
  figure.querySelectorAll('dd').forEach((place, at) => {
    const value = typeof index === 'number' ? lines[at].values[index] : null;
    const said = typeof value === 'number' ? `${short(value, unit)}${unit === '%' ? '' : UNITS[unit]}` : '';
    if (place.textContent !== said) place.textContent = said;
  });
}

/** Three digits that say something. */
function short(value, unit) {
  if (unit === '%') return `${Number((value * 100).toFixed(1))} %`;
  return Number(value.toPrecision(value < 1000 ? 3 : 15)).toLocaleString('en', { maximumFractionDigits: 3 });
}
