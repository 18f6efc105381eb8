import { SingleBar } from 'cli-progress';
import { duration } from './figures.js';

/** Shows how far a run of the benchmarks has come. */
export interface Progress {
  /** Another part of the run begins. */
  part(name: string): void;
  /** What is measured from now on; the step before is done. */
  step(name: string): void;
  /** The last step is done, and no more come. Called after an error, too: until then the line keeps the process alive. */
  done(): void;
}

/** One line that is rewritten on a terminal; in a log or a pipe one line for each step as it is done. */
export const progress = (totalSteps: number, stream: NodeJS.WriteStream = process.stderr): Progress =>
  stream.isTTY ? new OneLine(totalSteps, stream) : new LineByLine(totalSteps, (line) => stream.write(`${line}\n`));

/** How often the seconds that are left are written anew. */
const TIMES_A_SECOND = 2;

class OneLine implements Progress {
  private readonly steps: Steps;
  private readonly bar: SingleBar;

  constructor(totalSteps: number, stream: NodeJS.WriteStream) {
    this.steps = new Steps(totalSteps);
    this.bar = new SingleBar({
      stream,
      format: () => this.steps.inWords(),
      fps: TIMES_A_SECOND,
      linewrap: true,
      clearOnComplete: true,
      // Its own handler of Ctrl-C would swallow the signal.
      gracefulExit: false,
    });
  }

  part(name: string): void {
    this.steps.part = name;
  }

  step(name: string): void {
    this.steps.next(name);
    if (this.bar.isActive) this.bar.update(this.steps.number);
    else this.bar.start(this.steps.total, this.steps.number);
  }

  done(): void {
    this.bar.stop();
  }
}

/** Writes `[3/40] routes: GET /clinics, cold (12 s)`. */
export class LineByLine implements Progress {
  private readonly steps: Steps;
  private readonly line: (text: string) => void;

  constructor(totalSteps: number, line: (text: string) => void, now?: () => number) {
    this.steps = new Steps(totalSteps, now);
    this.line = line;
  }

  part(name: string): void {
    this.tell();
    this.steps.part = name;
  }

  step(name: string): void {
    this.tell();
    this.steps.next(name);
  }

  done(): void {
    this.tell();
  }

  private tell(): void {
    const { name, number, total, seconds } = this.steps;
    if (name === undefined) return;
    this.line(`[${number}/${total}] ${name} (${duration(seconds)})`);
    this.steps.end();
  }
}

/** Counts the steps, and knows from those that are done how long the others take. */
export class Steps {
  part = '';
  number = 0;
  /** The step that runs, with its part. */
  name: string | undefined;
  private readonly expected: number;
  private readonly now: () => number;
  private readonly beganAt: number;
  private stepAt: number;

  constructor(expected: number, now: () => number = () => performance.now()) {
    this.expected = expected;
    this.now = now;
    this.beganAt = now();
    this.stepAt = this.beganAt;
  }

  next(step: string): void {
    this.number += 1;
    this.stepAt = this.now();
    this.name = this.part === '' ? step : `${this.part}: ${step}`;
  }

  end(): void {
    this.name = undefined;
  }

  /** More than was expected, where more have come. */
  get total(): number {
    return Math.max(this.expected, this.number);
  }

  /** That the step has taken so far. */
  get seconds(): number {
    return (this.now() - this.stepAt) / 1000;
  }

  /** Undefined until a step is done. */
  get secondsLeft(): number | undefined {
    const done = this.number - 1;
    if (done < 1) return undefined;
    const each = (this.stepAt - this.beganAt) / 1000 / done;
    return each * (this.total - this.number) + Math.max(0, each - this.seconds);
  }

  /** For one line, of which a narrow terminal cuts off the end: `3 of 40 | about 6 min 10 s left | routes: GET /clinics, cold`. */
  inWords(): string {
    const left = this.secondsLeft;
    const far = left === undefined ? [] : [`about ${duration(left)} left`];
    return [`${this.number} of ${this.total}`, ...far, this.name ?? this.part].join(' | ');
  }
}
