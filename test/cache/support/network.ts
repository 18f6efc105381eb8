import type fc from 'fast-check';

export type Scheduler = fc.Scheduler;

/** A message under way; resolves when it arrives. */
export type Travel = (label: string) => Promise<void>;

/** The two servers that a process talks to. */
export type Server = 'tags' | 'fences';

/** What becomes of requests while there is no connection: late ones arrive when nobody waits for them any more. */
export type Losses = 'lost' | 'late';

export class Unreachable extends Error {}

/** The arrival of the nth message from now whose label contains the words; none are in each. */
export interface Moment {
  readonly words: string;
  readonly nth: number;
}

/** A message that is held up. */
export interface Delay {
  readonly message: Moment;
  /** Until then, and until so many others have arrived. */
  readonly until: Moment;
  readonly steps: number;
}

interface Waiting extends Moment {
  nth: number;
  readonly go: () => void;
}

/** Carries all messages, in the scheduler's order, and knows who reaches whom. */
export class Network {
  private readonly cuts = new Map<string, Losses>();
  private waiting: readonly Waiting[] = [];
  private delays: readonly { left: number; readonly delay: Delay }[] = [];

  constructor(private readonly scheduler: Scheduler) {}

  readonly travel: Travel = async (label) => {
    for (const until of this.delaysOf(label)) await this.reached(until);
    await this.scheduler.schedule(Promise.resolve(), label);
    for (const waiting of this.waiting) {
      if (!label.includes(waiting.words)) continue;
      waiting.nth -= 1;
      if (waiting.nth === 0) this.letGo(waiting);
    }
  };

  /** Holds up messages from now on. */
  delay(delays: readonly Delay[]): void {
    this.delays = delays.map((delay) => ({ left: delay.message.nth, delay }));
  }

  /** Resolves at the moment, or when nothing else is left to happen. */
  reached({ words, nth }: Moment): Promise<void> {
    if (nth === 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.waiting = [...this.waiting, { words, nth, go: resolve }];
    return promise;
  }

  /** Until no message is under way and none is held up. */
  async idle(): Promise<void> {
    await this.scheduler.waitIdle();
    for (let [first] = this.waiting; first !== undefined; [first] = this.waiting) {
      this.letGo(first);
      await this.scheduler.waitIdle();
    }
  }

  cut(who: string, server: Server, losses: Losses = 'lost'): void {
    this.cuts.set(`${who} ${server}`, losses);
  }

  heal(who: string, server: Server): void {
    this.cuts.delete(`${who} ${server}`);
  }

  healAll(): void {
    this.cuts.clear();
  }

  /** What becomes of requests; undefined: they arrive. */
  lossesOf(who: string, server: Server): Losses | undefined {
    return this.cuts.get(`${who} ${server}`);
  }

  private letGo(waiting: Waiting): void {
    this.waiting = this.waiting.filter((other) => other !== waiting);
    waiting.go();
  }

  private delaysOf(label: string): readonly Moment[] {
    return this.delays.flatMap((held) => {
      if (!label.includes(held.delay.message.words)) return [];
      held.left -= 1;
      return held.left === 0 ? [held.delay.until, { words: '', nth: held.delay.steps }] : [];
    });
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
