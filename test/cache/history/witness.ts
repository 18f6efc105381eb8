import { findViolations, type Operation } from '../support/history.js';
import type { Report, Values, Way } from './protocol.js';

/** An operation, with who did it and how. */
export interface Witnessed extends Operation {
  readonly process: string;
  readonly how: string;
}

/** Hears what all processes report. */
export class Witness {
  readonly history: Witnessed[] = [];
  readonly reads = { HIT: 0, MISS: 0, BYPASS: 0 };
  readonly writes = { done: 0, fenced: 0, failed: 0 };
  private readonly fencedBy = new Map<string, number>();
  readonly failures: string[] = [];
  private readonly ways = new Map<Way, number>();
  private readonly watchers = new Set<() => void>();

  hear(process: string, report: Report): void {
    if (report.kind === 'read') {
      this.reads[report.outcome] += 1;
      this.ways.set(report.way, (this.ways.get(report.way) ?? 0) + 1);
      this.note({ ...report, kind: 'read' }, report.values, process, `${report.way} ${report.outcome}`);
    } else if (report.kind === 'written') {
      this.writes.done += 1;
      if (report.fenced) {
        this.writes.fenced += 1;
        this.fencedBy.set(process, this.fencedOf(process) + 1);
      }
      this.note({ ...report, kind: 'write' }, report.values, process, report.fenced ? 'fenced' : 'marked');
    } else if (report.kind === 'not written') this.writes.failed += 1;
    else if (report.kind === 'failed') this.failures.push(`${process}, ${report.way}: ${report.reason}`);
    for (const watch of this.watchers) watch();
  }

  /** How many writes of the process have gone through the database. */
  fencedOf(process: string): number {
    return this.fencedBy.get(process) ?? 0;
  }

  /** Resolves when so much has been counted since now. */
  async more(count: () => number, least: number, patienceMs = 20_000): Promise<void> {
    const before = count();
    const enough = Promise.withResolvers<void>();
    const watch = () => {
      if (count() - before >= least) enough.resolve();
    };
    const tired = setTimeout(() => enough.reject(new Error(`Only ${count() - before} of ${least}`)), patienceMs);
    this.watchers.add(watch);
    await enough.promise.finally(() => {
      clearTimeout(tired);
      this.watchers.delete(watch);
    });
  }

  /** What was served from the cache as a share of all reads. */
  get hitShare(): number {
    const { HIT, MISS, BYPASS } = this.reads;
    return HIT / Math.max(1, HIT + MISS + BYPASS);
  }

  /** What went wrong, each with what happened to the register around that time; a few are enough. */
  violations(most = 3): readonly string[] {
    const found = findViolations(this.history);
    return found.slice(0, most).map(({ rule, operation, other }) => {
      const begin = Math.min(operation.invokedAt, other.invokedAt) - AROUND_MICROS;
      const end = Math.max(operation.respondedAt ?? 0, other.respondedAt ?? 0);
      const around = this.history
        .filter(({ key, respondedAt = 0 }) => key === operation.key && respondedAt >= begin && respondedAt <= end)
        .toSorted((a, b) => a.invokedAt - b.invokedAt)
        .slice(-TRACE_LINES);
      return [
        `${found.length} violations; ${rule}: ${told(operation)}, though ${told(other)}`,
        ...around.map(told),
      ].join('\n  ');
    });
  }

  private note(
    operation: Pick<Operation, 'kind' | 'invokedAt' | 'respondedAt'>,
    values: Values,
    process: string,
    how: string,
  ): void {
    const { kind, invokedAt, respondedAt } = operation;
    for (const [key, value] of values) this.history.push({ key, kind, value, invokedAt, respondedAt, process, how });
  }
}

const AROUND_MICROS = 500_000;
const TRACE_LINES = 40;

function told(operation: Operation & Partial<Witnessed>): string {
  const { process, how, key, kind, value, invokedAt, respondedAt } = operation;
  return `${process} ${kind} ${key} = ${value} (${how}) from ${invokedAt} to ${respondedAt}`;
}
