import { MultiBar, Presets, type SingleBar } from 'cli-progress';

/** Shows how far a command has come. */
export interface Progress {
  begin(label: string, total: number): void;
  /** @param note what has been done so far, in words */
  reach(done: number, note: string): void;
  /** All of what was begun is done. */
  end(note: string): void;
  /** A line for the reader that does not disturb the bar. */
  line(text: string): void;
  /** Nothing more comes. */
  stop(): void;
}

/** A bar on a terminal; plain lines now and then in a log or a pipe. */
export const terminalProgress = (stream: NodeJS.WriteStream = process.stderr): Progress =>
  stream.isTTY ? new BarProgress(stream) : new LineProgress((line) => stream.write(`${line}\n`));

class BarProgress implements Progress {
  private readonly bars: MultiBar;
  private bar: SingleBar | undefined;

  constructor(stream: NodeJS.WriteStream) {
    const format = '{label} {bar} {percentage}% | {note}';
    // Its own handler of Ctrl-C would swallow the signal.
    this.bars = new MultiBar({ stream, format, linewrap: true, gracefulExit: false }, Presets.shades_classic);
  }

  begin(label: string, total: number): void {
    this.bar = this.bars.create(total, 0, { label: label.padEnd(14), note: '' });
  }

  reach(done: number, note: string): void {
    this.bar?.update(done, { note });
  }

  end(note: string): void {
    this.bar?.update(this.bar.getTotal(), { note });
  }

  line(text: string): void {
    if (this.bar === undefined) process.stderr.write(`${text}\n`);
    else this.bars.log(`${text}\n`);
  }

  stop(): void {
    this.bars.stop();
  }
}

const EVERY_MS = 5_000;

/** One line for each label when it is done, and one every few seconds on the way. */
export class LineProgress implements Progress {
  private label = '';
  private total = 0;
  private lastLineAt = 0;

  constructor(readonly line: (text: string) => void) {}

  begin(label: string, total: number): void {
    this.label = label;
    this.total = total;
    this.lastLineAt = performance.now();
  }

  reach(done: number, note: string): void {
    if (performance.now() - this.lastLineAt < EVERY_MS) return;
    this.lastLineAt = performance.now();
    this.line(`${this.label}: ${Math.floor((100 * done) / this.total)}%, ${note}`);
  }

  end(note: string): void {
    this.line(`${this.label}: done, ${note}`);
  }

  stop(): void {}
}
