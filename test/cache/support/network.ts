import type fc from 'fast-check';

export type Scheduler = fc.Scheduler;

/** A message under way; resolves when it arrives. */
export type Travel = (label: string) => Promise<void>;

/** The two servers that a process talks to. */
export type Server = 'tags' | 'fences';

export class Unreachable extends Error {}

/** The nth message whose label contains the words takes so many steps longer than the scheduler wants. */
export interface Delay {
  readonly words: string;
  readonly nth: number;
  readonly steps: number;
}

/** Carries all messages, in the scheduler's order, and knows who reaches whom. A step is the arrival of a message. */
export class Network {
  private readonly cuts = new Set<string>();
  private readonly seen = new Map<Delay, number>();
  private waiting: { readonly step: number; readonly go: () => void }[] = [];
  private step = 0;
  private begun = false;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly delays: readonly Delay[],
  ) {}

  /** Counts the steps from here, and delays what is to be delayed. */
  begin(): void {
    this.step = 0;
    this.begun = true;
  }

  readonly travel: Travel = async (label) => {
    const steps = this.delayOf(label);
    if (steps > 0) await this.reached(this.step + steps);
    await this.scheduler.schedule(Promise.resolve(), label);
    this.step += 1;
    this.letGo();
  };

  /** Resolves at the step, counted from the beginning; or when nothing else is left to happen. */
  reached(step: number): Promise<void> {
    if (step <= this.step) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.waiting.push({ step, go: resolve });
    return promise;
  }

  /** Until no message is under way and none is held up. */
  async idle(): Promise<void> {
    await this.scheduler.waitIdle();
    while (this.waiting.length > 0) {
      this.step = Math.min(...this.waiting.map(({ step }) => step));
      this.letGo();
      await this.scheduler.waitIdle();
    }
  }

  cut(who: string, server: Server): void {
    this.cuts.add(`${who} ${server}`);
  }

  heal(who: string, server: Server): void {
    this.cuts.delete(`${who} ${server}`);
  }

  healAll(): void {
    this.cuts.clear();
  }

  reaches(who: string, server: Server): boolean {
    return !this.cuts.has(`${who} ${server}`);
  }

  private letGo(): void {
    if (!this.waiting.some(({ step }) => step <= this.step)) return;
    const ready = this.waiting.filter(({ step }) => step <= this.step);
    this.waiting = this.waiting.filter(({ step }) => step > this.step);
    for (const { go } of ready) go();
  }

  private delayOf(label: string): number {
    if (!this.begun) return 0;
    let steps = 0;
    for (const delay of this.delays) {
      if (!label.includes(delay.words)) continue;
      const nth = (this.seen.get(delay) ?? 0) + 1;
      this.seen.set(delay, nth);
      if (nth === delay.nth) steps += delay.steps;
    }
    return steps;
  }
}

/** A process that dies: after so many messages it never hears of anything again. */
export function mortal(travel: Travel, messages: number): Travel {
  let left = messages;
  return async (label) => {
    await travel(label);
    left -= 1;
    if (left < 0) await new Promise(() => undefined);
  };
}
