/** How fast what is usual follows: about the last forty. */
const FOLLOW = 1 / 40;
/** How fast the lowest is forgotten, so that what has become slower for good isn't throttled for ever. */
const FORGET = 1.0005;
/** Times under this vary by themselves. */
const FLOOR_MS = 20;

/** How long one kind of work takes, and how long it takes at best. */
export class Latency {
  usualMs = 0;
  private bestMs = Number.POSITIVE_INFINITY;

  add(tookMs: number): void {
    this.usualMs += this.usualMs === 0 ? tookMs : FOLLOW * (tookMs - this.usualMs);
    this.bestMs = Math.min(this.bestMs * FORGET, Math.max(FLOOR_MS, this.usualMs));
  }

  /** How many times as long as at best. */
  get inflation(): number {
    return this.usualMs / this.bestMs;
  }
}
