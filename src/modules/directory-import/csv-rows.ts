import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';

/** One line of a CSV file with its values by column; an empty value is absent. */
export interface CsvRow {
  readonly line: number;
  /** How many bytes of the file were read up to here. */
  readonly bytes: number;
  readonly values: Readonly<Record<string, string>>;
  /** Why the line is no row; its values are then empty. */
  readonly mistake?: string;
}

export interface CsvColumns {
  /** Columns that the file must have. */
  readonly required: readonly string[];
  /** Columns that it may have. */
  readonly optional: readonly string[];
}

/** The file is not of the expected kind, so that none of it can be read. */
class CsvFileError extends Error {
  constructor(file: string, detail: string) {
    super(`${basename(file)}: ${detail}`);
    this.name = 'CsvFileError';
  }
}

/**
 * Reads a CSV file (UTF-8, with a header) line by line. No field of the directory holds a line break, so
 * each line is parsed for itself: a stray quote spoils its own line and not the rest of the file, and
 * every mistake has its line.
 * @throws {CsvFileError} when the header isn't as expected
 */
export async function* csvRows(file: string, columns: CsvColumns): AsyncGenerator<CsvRow> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  let header: readonly string[] | undefined;
  let line = 0;
  let bytes = 0;
  for await (const text of lines) {
    line += 1;
    bytes += Buffer.byteLength(text) + 1;
    if (text.trim() === '') continue;
    if (header === undefined) header = checkedHeader(file, text.replace(/^\uFEFF/, ''), columns);
    else yield { line, bytes, ...rowOf(text, header) };
  }
  if (header === undefined) throw new CsvFileError(file, 'is empty');
}

function checkedHeader(file: string, text: string, { required, optional }: CsvColumns): readonly string[] {
  const fields = fieldsOf(text);
  if (typeof fields === 'string') throw new CsvFileError(file, `the header ${fields}`);
  const names = fields.map((name) => name.trim());
  const known = [...required, ...optional];
  const mistakes = [
    ...required.filter((name) => !names.includes(name)).map((name) => `has no column ${name}`),
    ...names.filter((name) => !known.includes(name)).map((name) => `has an unknown column ${JSON.stringify(name)}`),
    ...names.filter((name, at) => names.indexOf(name) < at).map((name) => `has the column ${name} twice`),
  ];
  if (mistakes.length > 0) {
    throw new CsvFileError(file, `${mistakes.join(', ')}; the columns are ${known.join(', ')}`);
  }
  return names;
}

function rowOf(text: string, header: readonly string[]): Pick<CsvRow, 'values' | 'mistake'> {
  const fields = fieldsOf(text);
  if (typeof fields === 'string') return { values: {}, mistake: fields };
  if (fields.length !== header.length) {
    return { values: {}, mistake: `has ${fields.length} columns instead of ${header.length}` };
  }
  // Bytes that aren't UTF-8 become this character, and names would be spoiled without a word.
  if (text.includes('\uFFFD')) return { values: {}, mistake: 'is not valid UTF-8' };
  const named = header.map((name, at): [string, string] => [name, fields[at]?.trim() ?? '']);
  return { values: Object.fromEntries(named.filter(([, value]) => value !== '')) };
}

/** The fields of a line, or what is wrong with it. */
function fieldsOf(text: string): readonly string[] | string {
  try {
    const [fields = []] = parse(text, { relax_column_count: true });
    return fields;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return error.code === 'CSV_QUOTE_NOT_CLOSED'
      ? 'opens a quote that does not close on the line'
      : 'has a quote in the middle of a field; quote the field and double the quote';
  }
}
