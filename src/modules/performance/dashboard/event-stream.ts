import { Readable } from 'node:stream';

/** What waits to be sent to one reader at most; who reads so slowly sees nothing current anyhow. */
const MOST_WAITING_BYTES = 256 * 1024;

/** One event, as text for all who read it. */
export type EventText = string;

/** An event of a stream (HTML Living Standard, 9.2): its data is one line, as JSON is. */
export const eventText = (event: string, id: number, data: object): EventText =>
  `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** What a reader's parser skips: it tells that the connection lives. */
export const commentText = (comment: string): EventText => `: ${comment}\n\n`;

/** Server-sent events for one reader, who is dropped rather than waited for. */
export class EventStream extends Readable {
  private left: number;
  private over = false;

  /**
   * @param retryMs after which a reader that lost the stream should ask for it again
   * @param most ends after so many events
   */
  constructor(retryMs: number, most = Number.POSITIVE_INFINITY) {
    super({ highWaterMark: MOST_WAITING_BYTES, read: () => undefined });
    this.left = most;
    this.push(`retry: ${retryMs}\n\n`);
  }

  /** Sends an event, or drops the reader. */
  send(event: EventText): void {
    this.put(event);
    this.left -= 1;
    if (this.left === 0) this.finish();
  }

  /** Sends what isn't counted. */
  tell(comment: EventText): void {
    this.put(comment);
  }

  /** Lets the reader have what was sent, and no more. */
  finish(): void {
    if (!this.over) this.push(null);
    this.over = true;
  }

  private put(text: EventText): void {
    if (this.over || this.push(text)) return;
    this.over = true;
    this.destroy();
  }
}
