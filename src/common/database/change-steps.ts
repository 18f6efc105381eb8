import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeStream, ChangeStreamDocument, ResumeToken } from 'mongodb';

/** A step of a change stream: a change, or none for a while; and where to go on after it. */
export interface Step {
  readonly change: ChangeStreamDocument | null;
  readonly token: ResumeToken;
}

/** Whether nothing comes after it: the stream would say so at once and for ever. */
export const isLast = ({ change }: Step): boolean => change?.operationType === 'invalidate';

/** What comes within this time is one batch. */
const GATHER_MS = 5;

/** The steps of a change stream, the next of which is always under way. */
export class Steps {
  private under: Promise<Step>;

  constructor(private readonly stream: ChangeStream) {
    this.under = this.pull();
  }

  /** @throws what the stream does */
  async next(): Promise<Step> {
    const step = await this.under;
    if (!isLast(step)) this.under = this.pull();
    return step;
  }

  /**
   * Adds the steps that come within a few milliseconds, up to one without a change.
   * @throws what the stream does
   */
  async gather(add: (step: Step) => void, goesOn: () => boolean): Promise<void> {
    const over = sleep(GATHER_MS, undefined);
    while (goesOn()) {
      if ((await Promise.race([this.under, over])) === undefined) return;
      const step = await this.next();
      add(step);
      if (step.change === null || isLast(step)) return;
    }
  }

  private pull(): Promise<Step> {
    const step = this.stream.tryNext().then((change) => ({ change, token: this.stream.resumeToken }));
    // Whoever asks for it learns of it, but perhaps not at once.
    step.catch(() => undefined);
    return step;
  }
}
