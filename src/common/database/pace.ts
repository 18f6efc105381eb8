/** Lets things be done so often, after a first few at once. */
export class Pace {
  private left: number;
  private atMs: number;

  constructor(
    private readonly everyMs: number,
    private readonly atOnce: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.left = atOnce;
    this.atMs = now();
  }

  /** Takes a turn, and tells in how many milliseconds it comes. */
  take(): number {
    const now = this.now();
    this.left = Math.min(this.atOnce, this.left + (now - this.atMs) / this.everyMs) - 1;
    this.atMs = now;
    return Math.max(0, -this.left * this.everyMs);
  }
}
