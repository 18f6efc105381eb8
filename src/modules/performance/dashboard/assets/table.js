import { el, keyed, say } from './dom.js';

/**
 * @template Row
 * @typedef {object} Column
 * @property {string} label
 * @property {string} [about] what it is, where the label doesn't say it all
 * @property {(row: Row) => string} [text]
 * @property {(current: () => Row) => Node} [make] instead of text: made once a row, for what can be used
 * @property {(row: Row) => number | string} [by] what it is sorted by; without it, it can't be
 * @property {boolean} [number] aligned to the right, and sorted from the largest first
 * @property {boolean} [code] set as code; takes what room there is
 * @property {boolean} [clip] cut off where there is no room
 * @property {(row: Row) => string | undefined} [title] more about the value
 * @property {(row: Row) => number} [bar] share of 1, drawn behind the text
 * @property {(row: Row) => 'bad' | 'warn' | 'good' | undefined} [tone]
 */

/**
 * A table that is sorted by the buttons in its head, and keeps its rows as its figures change.
 * @template Row
 */
export class SortedTable {
  /**
   * @param {object} options
   * @param {string} options.caption
   * @param {readonly Column<Row>[]} options.columns the first one names the row
   * @param {(row: Row) => string} options.keyOf
   * @param {string} [options.sortBy] label of a column; as given without it
   * @param {string} options.empty what is said when there are no rows
   */
  constructor({ caption, columns, keyOf, sortBy, empty }) {
    Object.assign(this, { columns, keyOf });
    this.rows = [];
    this.sorted = columns.find(({ label }) => label === sortBy);
    this.descending = this.sorted?.number === true;
    this.body = el('tbody');
    this.heads = columns.map((column) => this.head(column));
    this.table = el(
      'table',
      {},
      el('caption', { class: 'unseen' }, caption),
      el('thead', {}, el('tr', {}, ...this.heads)),
      this.body,
    );
    this.empty = el('p', { class: 'empty', hidden: true }, empty);
    this.element = el('div', { class: 'table' }, this.table, this.empty);
  }

  /** @param {readonly Row[]} rows */
  show(rows) {
    this.rows = rows;
    this.empty.hidden = rows.length > 0;
    this.table.hidden = rows.length === 0;
    this.heads.forEach((head, at) => {
      const column = this.columns[at];
      if (column?.by === undefined) return;
      head.setAttribute('aria-sort', column !== this.sorted ? 'none' : this.descending ? 'descending' : 'ascending');
    });
    const make = (row) => this.row(row);
    keyed(this.body, this.inOrder(), this.keyOf, make, (element, row) => element.update(row));
  }

  inOrder() {
    const by = this.sorted?.by;
    if (by === undefined) return this.rows;
    const sign = this.descending ? -1 : 1;
    return this.rows.toSorted((one, other) => sign * compare(by(one), by(other)));
  }

  head(column) {
    const attributes = { scope: 'col', class: column.number ? 'number' : undefined, title: column.about };
    if (column.by === undefined) return el('th', attributes, column.label);
    const sort = () => {
      this.descending = this.sorted === column ? !this.descending : column.number === true;
      this.sorted = column;
      this.show(this.rows);
    };
    return el('th', attributes, el('button', { type: 'button', class: 'sort', onclick: sort }, column.label));
  }

  row(first) {
    let current = first;
    const cells = this.columns.map((column, at) =>
      el(
        at === 0 ? 'th' : 'td',
        { scope: at === 0 ? 'row' : undefined, class: classOf(column) },
        ...(column.make === undefined ? [] : [column.make(() => current)]),
      ),
    );
    const element = el('tr', {}, ...cells);
    element.update = (row) => {
      current = row;
      for (const [at, cell] of cells.entries()) update(cell, this.columns[at], row);
    };
    return element;
  }
}

const classOf = ({ number, code, clip, bar }) =>
  [number && 'number', code && 'code', clip && 'clip', bar && 'bar'].filter(Boolean).join(' ') || undefined;

function update(cell, column, row) {
  if (column.text !== undefined) {
    const text = column.text(row);
    say(cell, text);
    const title = column.title?.(row) ?? (column.code || column.clip ? text : undefined);
    if (title !== undefined && title !== '') cell.title = title;
  }
  const tone = column.tone?.(row);
  if (tone === undefined) delete cell.dataset.tone;
  else cell.dataset.tone = tone;
  if (column.bar !== undefined) cell.style.setProperty('--share', String(Math.min(1, Math.max(0, column.bar(row)))));
}

const compare = (one, other) =>
  typeof one === 'number' && typeof other === 'number' ? one - other : String(one).localeCompare(String(other));
