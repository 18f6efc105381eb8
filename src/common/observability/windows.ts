/** Something that counts, and can be added up. */
export interface Tally<Self> {
  add(other: Self): void;
  /** Whether nothing has been counted. */
  readonly empty: boolean;
}

/** The time that a figure speaks of: the last minute, five minutes or hour, or all since the start. */
export const WINDOWS = ['60s', '5m', '1h', 'start'] as const;
export type WindowName = (typeof WINDOWS)[number];

/** How long a slot is; a window begins at the beginning of one, so it is up to a slot longer than its name. */
export const SLOT_SECONDS = 10;

/** How many slots make one of the next tier, and how many of each are kept: a minute of 10 s, 5 of 1 min, an hour of 5 min. */
const TIERS = [
  { of: 1, kept: 6 },
  { of: 6, kept: 5 },
  { of: 30, kept: 12 },
] as const;
/** The slots that the longest window may speak of, with the current one. */
const MOST_SLOTS = Math.max(...TIERS.map(({ of, kept }) => (kept + 1) * of));
const TIER_OF = { '60s': 0, '5m': 1, '1h': 2 } as const;

/**
 * Counts over several times at once. What happens is counted once, in the current slot; the rest is done when a slot
 * ends, so that counting costs the same however many windows there are. Nothing is kept of slots in which nothing was
 * counted.
 */
export class Windows<T extends Tally<T>> {
  /** Where to count. */
  current: T;
  private total: T | undefined;
  private readonly tiers: readonly { sum: T | undefined; readonly ended: (T | undefined)[] }[];
  private slots = 0;

  constructor(private readonly make: () => T) {
    this.current = make();
    this.tiers = TIERS.map(() => ({ sum: undefined, ended: [] }));
  }

  /** Ends the current slot; to be called every {@link SLOT_SECONDS}. */
  turn(): void {
    this.slots += 1;
    const ended = this.current.empty ? undefined : this.current;
    if (ended !== undefined) {
      this.current = this.make();
      this.total = this.sum([this.total, ended]);
    }
    for (const [at, { of, kept }] of TIERS.entries()) {
      const tier = this.tiers[at];
      if (tier === undefined) continue;
      if (ended !== undefined) tier.sum = of === 1 ? ended : this.sum([tier.sum, ended]);
      if (this.slots % of !== 0) continue;
      tier.ended.push(tier.sum);
      tier.sum = undefined;
      if (tier.ended.length > kept) tier.ended.shift();
    }
  }

  /** What was counted in the window. */
  over(window: WindowName): T {
    if (window === 'start') return this.sum([this.total, this.current]);
    const tier = this.tiers[TIER_OF[window]];
    return this.sum([...(tier?.ended ?? []), tier?.sum, this.current]);
  }

  private sum(parts: readonly (T | undefined)[]): T {
    const sum = this.make();
    for (const part of parts) if (part !== undefined) sum.add(part);
    return sum;
  }
}

/** The slots that all windows of a process have in common, and how much time each window speaks of. */
export class WindowClock {
  private readonly startedMs: number;
  /** When the latest slots began; of a busy event loop they last longer than they should. */
  private readonly begunMs: number[];
  private slots = 0;
  private readonly turning: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly now: () => number = () => performance.now()) {
    this.startedMs = now();
    this.begunMs = [this.startedMs];
  }

  /** What is to be done as each slot ends. */
  onTurn(turn: () => void): void {
    this.turning.push(turn);
  }

  start(): void {
    this.timer = setInterval(() => this.turn(), SLOT_SECONDS * 1000).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Ends the slot. */
  turn(): void {
    this.slots += 1;
    this.begunMs.push(this.now());
    if (this.begunMs.length > MOST_SLOTS) this.begunMs.shift();
    for (const turn of this.turning) turn();
  }

  /** Seconds that the window speaks of as of now. */
  seconds(window: WindowName): number {
    const now = this.now();
    if (window === 'start') return (now - this.startedMs) / 1000;
    const { of, kept } = TIERS[TIER_OF[window]];
    const ended = Math.min(this.slots, kept * of + (this.slots % of));
    return (now - (this.begunMs.at(-1 - ended) ?? this.startedMs)) / 1000;
  }
}
