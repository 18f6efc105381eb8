import { findViolations, type Operation } from '../support/history.js';
import { nowMicros, type Report, type Values } from './protocol.js';

/** An operation, with who did it and how. */
export interface Witnessed extends Operation {
  readonly process: string;
  readonly how: string;
}

/** Hears what all processes report. */
export class Witness {
  readonly history: Witnessed[] = [];
  /** Registers that were read, by how. */
  readonly reads = { HIT: 0, MISS: 0, BYPASS: 0 };
  readonly writes = { done: 0, fenced: 0, failed: 0 };
  private readonly fencedBy = new Map<string, number>();
  readonly failures: string[] = [];
  /** Why writes failed. */
  private readonly refusals: string[] = [];
  private readonly events: { readonly at: number; readonly what: string }[] = [];
  private readonly over = new AbortController();
  private readonly watchers = new Set<() => void>();

  hear(process: string, report: Report): void {
    if (report.kind === 'read') {
      for (const [, , outcome = 'MISS'] of report.values) this.reads[outcome] += 1;
      this.note({ ...report, kind: 'read' }, report.values, process, report.way);
    } else if (report.kind === 'written') {
      this.writes.done += 1;
      if (report.fenced) {
        this.writes.fenced += 1;
        this.fencedBy.set(process, this.fencedOf(process) + 1);
      }
      this.note({ ...report, kind: 'write' }, report.values, process, report.fenced ? 'fenced' : 'marked');
    } else if (report.kind === 'not written') {
      this.writes.failed += 1;
      this.refusals.push(`${process}: ${report.reason}`);
    } else if (report.kind === 'failed') this.failures.push(`${process}, ${report.way}: ${report.reason}`);
    for (const watch of this.watchers) watch();
  }

  /** How many writes of the process have gone through the database. */
  fencedOf(process: string): number {
    return this.fencedBy.get(process) ?? 0;
  }

  /** Resolves when so much has been counted since now. */
  more(count: () => number, least: number): Promise<void> {
    const before = count();
    return this.until(() => count() - before >= least);
  }

  /** Resolves when this has become true by something that was reported. */
  async until(isTrue: () => boolean): Promise<void> {
    if (isTrue()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const watch = () => {
      if (isTrue()) resolve();
    };
    const before = this.summary();
    const tired = setTimeout(() => reject(new Error(`It never happened: ${before} ${this.summary()}`)), PATIENCE_MS);
    const giveUp = () => reject(new Error('Nothing will happen any more'));
    this.watchers.add(watch);
    this.over.signal.addEventListener('abort', giveUp);
    if (this.over.signal.aborted) giveUp();
    await promise.finally(() => {
      clearTimeout(tired);
      this.watchers.delete(watch);
      this.over.signal.removeEventListener('abort', giveUp);
    });
  }

  /** How much has been done, what happened last and why writes failed. */
  private summary(): string {
    const { reads, writes, failures, fencedBy } = this;
    const done = JSON.stringify({ ...reads, ...writes, failures: failures.length, fencedBy: [...fencedBy] });
    const lines = this.events.slice(-EVENTS_TOLD).map(({ at, what }) => `${at} ${what}`);
    return [`${nowMicros()} ${done}`, ...lines, ...this.refusals.slice(-EVENTS_TOLD)].join('\n  ');
  }

  /** Nothing more will be reported: whoever waits gives up. */
  close(): void {
    this.over.abort();
  }

  /** What was served from the cache as a share of all reads. */
  get hitShare(): number {
    const { HIT, MISS, BYPASS } = this.reads;
    return HIT / Math.max(1, HIT + MISS + BYPASS);
  }

  /** To be told with what went wrong around that time. */
  happened(what: string): void {
    this.events.push({ at: nowMicros(), what });
  }

  /** What went wrong, each with what happened to the register around that time; a few are enough. */
  violations(most = 3): readonly string[] {
    const found = findViolations(this.history);
    const told = found.slice(0, most).map(({ rule, operation, other }) => {
      const of = this.history.filter(({ key }) => key === operation.key);
      return [`${rule}: ${tell(operation)}, though ${tell(other)}`, ...this.around(operation.invokedAt, of)].join(
        '\n  ',
      );
    });
    return found.length > most ? [...told, `and ${found.length - most} more`] : told;
  }

  private around(at: number, operations: readonly Witnessed[]): readonly string[] {
    const from = at - AROUND_MICROS;
    const writes = operations.filter(({ kind, respondedAt = 0 }) => kind === 'write' && respondedAt > from);
    const reads = operations.filter(({ kind, respondedAt = 0 }) => kind === 'read' && respondedAt > from);
    const before = reads
      .filter(({ invokedAt }) => invokedAt <= at)
      .toSorted(byBegin)
      .slice(-READS_TOLD);
    const operationsTold = [...writes.toSorted(byBegin).slice(0, WRITES_TOLD), ...before];
    const lines = operationsTold.map((operation) => ({ at: operation.invokedAt, what: tell(operation) }));
    const events = this.events.filter((event) => event.at > from - AROUND_MICROS && event.at < at);
    return [...lines, ...events].toSorted((a, b) => a.at - b.at).map((line) => `${line.at} ${line.what}`);
  }

  private note(
    { kind, invokedAt, respondedAt }: Pick<Operation, 'kind' | 'invokedAt' | 'respondedAt'>,
    values: Values,
    process: string,
    how: string,
  ): void {
    for (const [key, value, outcome] of values) {
      const operation = { key, kind, value, invokedAt, respondedAt };
      this.history.push({ ...operation, process, how: outcome === undefined ? how : `${how}, ${outcome}` });
    }
  }
}

const PATIENCE_MS = 30_000;
const EVENTS_TOLD = 5;
const AROUND_MICROS = 3_000_000;
const READS_TOLD = 15;
const WRITES_TOLD = 8;

const byBegin = (a: Operation, b: Operation): number => a.invokedAt - b.invokedAt;

function tell(operation: Operation & Partial<Witnessed>): string {
  const { process, how, key, kind, value, invokedAt, respondedAt } = operation;
  return `${process} ${kind} ${key} = ${value} (${how}) from ${invokedAt} to ${respondedAt}`;
}
