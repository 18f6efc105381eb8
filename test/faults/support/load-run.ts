import { type Db, ObjectId } from 'mongodb';
import type { LoadRequest } from './load-requests.js';

type Which = (request: LoadRequest) => boolean;

export const isWrite: Which = ({ kind }) => kind === 'patch' || kind === 'post';
/** Answered with what was asked for; a conflict of two writes is an answer too. */
export const isGood: Which = ({ outcome, kind }) => /^2\d\d$/.test(outcome) || (kind === 'patch' && outcome === '409');
const isAcknowledged: Which = (request) => isWrite(request) && /^2\d\d$/.test(request.outcome);

/** All requests of a load, and what can be said of them. */
export class LoadRun {
  constructor(readonly requests: readonly LoadRequest[]) {}

  /** Those only. */
  of(which: Which): LoadRun {
    return new LoadRun(this.requests.filter(which));
  }

  /** Those that were due between two moments of `performance.now()`. */
  between(fromMs: number, toMs = Number.POSITIVE_INFINITY): LoadRun {
    return this.of(({ scheduledMs }) => scheduledMs >= fromMs && scheduledMs < toMs);
  }

  get count(): number {
    return this.requests.length;
  }

  /** How many ended in which way. */
  get outcomes(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { outcome } of this.requests) counts[outcome] = (counts[outcome] ?? 0) + 1;
    return counts;
  }

  /** For the report: how many weren't good, of how many, and how they ended. */
  get errors(): string {
    const bad = this.of((request) => !isGood(request));
    const how = Object.entries(bad.outcomes).map(([outcome, count]) => `${count} × ${outcome}`);
    return `${bad.count} of ${this.count}${how.length === 0 ? '' : ` (${how.join(', ')})`}`;
  }

  /** From when it was due; 0 ≤ p ≤ 1. */
  latencyMs(p: number): number {
    const sorted = this.requests.map(latencyOf).sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? 0;
  }

  get summary() {
    return { p50Ms: this.latencyMs(0.5), p99Ms: this.latencyMs(0.99), maxMs: this.latencyMs(1) };
  }

  /** Those that took longer than that from when they were sent, however they ended: what a deadline promises. */
  laterThan(ms: number): LoadRun {
    return this.of(({ sentMs, answeredMs }) => answeredMs - sentMs > ms);
  }

  /** How many ms after the moment the first good answer came to a request that was due after it; undefined: never. */
  recoveredAfter(momentMs: number, which: Which = () => true): number | undefined {
    const good = this.between(momentMs).of((request) => isGood(request) && which(request));
    if (good.count === 0) return undefined;
    return Math.min(...good.requests.map(({ answeredMs }) => answeredMs)) - momentMs;
  }

  /** How many ms after the moment the last request was due that had no good answer; 0: there was none. */
  allGoodAfter(momentMs: number): number {
    const bad = this.between(momentMs).of((request) => !isGood(request));
    return Math.max(0, ...bad.requests.map(({ scheduledMs }) => scheduledMs - momentMs));
  }

  /**
   * Answers that showed an older version of a record than had been acknowledged, or shown without a mark, before they
   * were asked for, and that weren't marked STALE themselves.
   */
  staleAnswers(): readonly string[] {
    const ends = this.requests
      .filter((request) => isAcknowledged(request) || isUnmarkedRead(request))
      .sort((a, b) => a.answeredMs - b.answeredMs);
    const reads = this.requests.filter(isUnmarkedRead).sort((a, b) => a.sentMs - b.sentMs);
    const known = new Map<string, number>();
    const stale: string[] = [];
    let at = 0;
    for (const { sentMs, kind, cache, shown } of reads) {
      for (let end = ends[at]; end !== undefined && end.answeredMs < sentMs; end = ends[at]) {
        for (const [id, version] of end.shown) known.set(id, Math.max(version, known.get(id) ?? 0));
        at += 1;
      }
      for (const [id, version] of shown) {
        const least = known.get(id) ?? 0;
        if (version < least) stale.push(`${kind} (${cache}) of ${id}: version ${version} after ${least}`);
      }
    }
    return stale;
  }

  /** Acknowledged writes that the database doesn't have, or that were acknowledged for two. */
  async lostWrites(db: Db): Promise<readonly string[]> {
    const lost: string[] = [];
    const last = new Map<string, { version: number; name: string | undefined }>();
    const seen = new Set<string>();
    for (const { shown, name } of this.of(isAcknowledged).requests) {
      for (const [id, version] of shown) {
        if (seen.has(`${id} ${version}`)) lost.push(`${id}: version ${version} was acknowledged twice`);
        seen.add(`${id} ${version}`);
        if (version > (last.get(id)?.version ?? 0)) last.set(id, { version, name });
      }
    }
    const ids = [...last.keys()].map((id) => new ObjectId(id));
    const stored = await db
      .collection('clinics')
      .find({ _id: { $in: ids } })
      .toArray();
    const byId = new Map(stored.map((document) => [document._id.toHexString(), document]));
    for (const [id, { version, name }] of last) {
      const found = byId.get(id);
      // A later write may have been done though nobody was told.
      const kept =
        found !== undefined && (found['version'] > version || (found['version'] === version && found['name'] === name));
      if (!kept)
        lost.push(`${id}: version ${version} (${name}) is ${found?.['version'] ?? 'not there'} (${found?.['name']})`);
    }
    return lost;
  }
}

const latencyOf = ({ scheduledMs, answeredMs }: LoadRequest): number => answeredMs - scheduledMs;

const isUnmarkedRead: Which = ({ kind, outcome, cache }) =>
  (kind === 'read' || kind === 'list') && outcome === '200' && cache !== 'STALE';
