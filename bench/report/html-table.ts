import { type Html, html, raw } from './html.js';
import type { Column, Row, Table } from './tables.js';

/** A table with its caption; wider than the page, it is scrolled by itself, also by the keyboard. */
export function htmlTable({ title, columns, rows }: Table, options: TableOptions = {}): Html {
  return html`<div class="scrolled" tabindex="0" role="region" aria-label="${title}"><table>
<caption${options.isCaptionUnseen ? raw(' class="unseen"') : undefined}>${title}</caption>
<thead>${headOf(columns)}</thead>
<tbody>${rows.map((row) => htmlRow(row, columns, options.barAt))}</tbody>
</table></div>`;
}

export interface TableOptions {
  /** Where the head above the table says the same. */
  readonly isCaptionUnseen?: boolean;
  /** The column that has a bar of the row's share in it. */
  readonly barAt?: number;
}

function headOf(columns: readonly Column[]): Html {
  const cells = columns.map(({ label, isNumber, group }, at) => {
    const first = group !== undefined && columns[at - 1]?.group !== group;
    const classes = [...(isNumber ? ['number'] : []), ...(first ? ['first'] : [])].join(' ');
    return html`<th scope="col" class="${classes}">${label}</th>`;
  });
  const groups = groupsOf(columns);
  if (groups.length === 1) return html`<tr>${cells}</tr>`;
  const heads = groups.map(({ group, width }) =>
    group === undefined
      ? html`<td colspan="${width}"></td>`
      : html`<th scope="colgroup" colspan="${width}" class="group first">${group}</th>`,
  );
  return html`<tr>${heads}</tr><tr>${cells}</tr>`;
}

/** Columns beside each other that have the same group. */
function groupsOf(
  columns: readonly Column[],
): readonly { readonly group: string | undefined; readonly width: number }[] {
  const starts = columns.flatMap(({ group }, at) => (at === 0 || columns[at - 1]?.group !== group ? [at] : []));
  return starts.map((start, at) => ({
    group: columns[start]?.group,
    width: (starts[at + 1] ?? columns.length) - start,
  }));
}

function htmlRow(
  { cells, isPart, isOwn, share, tone }: Row,
  columns: readonly Column[],
  barAt: number | undefined,
): Html {
  const [head = '', ...others] = cells;
  const written = others.map((cell, index) => {
    const column = columns[index + 1];
    const first = column?.group !== undefined && columns[index]?.group !== column.group;
    const isBar = index + 1 === barAt && share !== undefined;
    const classes = [...(column?.isNumber ? ['number'] : []), ...(first ? ['first'] : []), ...(isBar ? ['bar'] : [])];
    const style = isBar ? html` style="--share: ${share.toFixed(3)}"` : undefined;
    return html`<td class="${classes.join(' ')}"${style}>${cell}</td>`;
  });
  const toned = tone === undefined ? undefined : html` data-tone="${tone}"`;
  return html`<tr${isPart ? raw(' class="part"') : isOwn ? raw(' class="own"') : undefined}${toned}><th scope="row">${head}</th>${written}</tr>`;
}
