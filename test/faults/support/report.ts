import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { z } from 'zod';

/** What a case is about, as its line in the report says it. */
export interface FaultCase {
  readonly fault: string;
  /** What must hold, with its bound. */
  readonly bound: string;
}

/** What was seen of it. */
export interface Seen {
  /** Requests that had another answer than they should, and how many there were. */
  readonly errors?: string;
  readonly p99Ms?: number;
  /** From the end of the fault to the first good answer. */
  readonly recoveredMs?: number;
  readonly besides?: string;
}

/**
 * A test function whose case becomes a line of the report, also when it fails. What `saw` is told of adds up.
 *
 *     it('…', reported({ fault: 'Redis is killed', bound: 'no errors' }, async (saw) => { … saw({ p99Ms }); … }), 20_000);
 */
export function reported(about: FaultCase, test: (saw: (seen: Seen) => void) => Promise<void>): () => Promise<void> {
  return async () => {
    let seen: Seen = {};
    const saw = (more: Seen) => {
      const besides = [seen.besides, more.besides].filter((text) => text !== undefined).join('; ');
      seen = { ...seen, ...more, ...(besides === '' ? {} : { besides }) };
    };
    const note = (held: boolean) => {
      const file = process.env['FAULTS_LINES'];
      if (file !== undefined) appendFileSync(file, `${JSON.stringify({ ...about, ...seen, held })}\n`);
    };
    await test(saw).catch((error: unknown) => {
      note(false);
      throw error;
    });
    note(true);
  };
}

/** Replaces the table in the page by that of the lines that the run has left. */
export function writeReport(linesFile: string, page: string): void {
  const text = readFileSync(page, 'utf8');
  const [before, rest] = split(text, BEGIN);
  const [, after] = split(rest, END);
  const lines = readFileSync(linesFile, 'utf8').split('\n').filter(Boolean);
  // Of a case that was tried again, what came of it at last.
  const last = new Map(
    lines.map((line) => lineSchema.parse(JSON.parse(line))).map((line) => [`${line.fault} ${line.bound}`, line]),
  );
  const table = tableOf([...last.values()]);
  writeFileSync(page, `${before}${BEGIN}\n${table}\n${END}${after}`);
}

const BEGIN = '<!-- faults: begin -->';
const END = '<!-- faults: end -->';

function split(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`The page has no ${mark}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}

const lineSchema = z.object({
  fault: z.string(),
  bound: z.string(),
  errors: z.string().optional(),
  p99Ms: z.number().optional(),
  recoveredMs: z.number().optional(),
  besides: z.string().optional(),
  held: z.boolean(),
});

function tableOf(lines: readonly z.output<typeof lineSchema>[]): string {
  const rows = lines.map(({ fault, bound, errors, p99Ms, recoveredMs, besides, held }) => {
    const cells = [fault, bound, errors, ms(p99Ms), ms(recoveredMs), besides, held ? 'held' : '**broken**'];
    return `| ${cells.map((cell) => (cell ?? '').replaceAll('|', '\\|')).join(' | ')} |`;
  });
  const held = lines.filter((line) => line.held).length;
  return [
    `${held} of ${lines.length} held, ${new Date().toISOString().slice(0, 10)}, on ${machine()}: \`FAULTS_REPORT=1 npm run test:faults\``,
    '',
    '| fault | what must hold | errors | p99 | recovered after | seen besides | |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

const ms = (value: number | undefined) => (value === undefined ? undefined : `${Math.round(value)} ms`);

function machine(): string {
  const [first] = cpus();
  return `${cpus().length} × ${first?.model ?? 'unknown'}, Node ${process.versions.node}`;
}
