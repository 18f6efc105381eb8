import type fc from 'fast-check';

export type Scheduler = fc.Scheduler;

/** A message under way; resolves when the scheduler lets it arrive. */
export type Travel = (label: string) => Promise<void>;

/** The two servers that a process talks to. */
export type Server = 'tags' | 'fences';

export class Unreachable extends Error {}

/** Which of its servers each process reaches. */
export class Network {
  private readonly cuts = new Set<string>();

  constructor(private readonly scheduler: Scheduler) {}

  readonly travel: Travel = (label) => this.scheduler.schedule(Promise.resolve(), label);

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
