import { type Html, html, raw } from './html.js';
import type { Plot } from './plots.js';

/** Where the script draws the plot; its height is known before, so that nothing moves. */
export const htmlPlot = ({
  id,
  title,
  about,
  alternative,
  lines,
}: Plot): Html => html`<figure id="plot-${id}" class="plot">
<figcaption><h3>${title}</h3><p>${about}</p></figcaption>
<dl>${lines.map(
  ({ label, look, isDots }) => html`<div><dt>${swatch(look, isDots ?? false)}${label}</dt><dd></dd></div>`,
)}</dl>
<div class="canvas" role="img" aria-label="${title}. ${alternative}"></div>
</figure>`;

/** A piece of the line, as it is drawn. */
const swatch = (look: number, isDots: boolean): Html =>
  html`<svg class="swatch" viewBox="0 0 18 8" aria-hidden="true">${
    isDots
      ? html`<circle class="line-${look + 1} dot" cx="9" cy="4" r="1.5"/>`
      : html`<line class="line-${look + 1}" x1="0" x2="18" y1="4" y2="4"${dashOf(look)}/>`
  }</svg>`;

const dashOf = (look: number): Html | undefined => {
  const dash = DASHES[look]?.join(' ') ?? '';
  return dash === '' ? undefined : raw(` stroke-dasharray="${dash}"`);
};

/** Told apart without colour: each line has a dash of its own. */
export const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [7, 2, 2, 2]];
