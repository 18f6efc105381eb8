/** Nothing new for so long is worth saying: snapshots come every 2 s. */
const STALE_MS = 5_000;
/** The connection is then taken for dead, whatever the system thinks of it. */
const SILENT_MS = 15_000;
const FIRST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 30_000;

/**
 * @typedef {{ kind: 'connecting' } | { kind: 'live' } | { kind: 'stale', sinceMs: number }
 *   | { kind: 'disconnected', sinceMs: number, retryAtMs: number, why: string }} FeedState
 */

/** The events of the stream, which comes back by itself. */
export class Feed {
  /**
   * @param {import('./api.js').Api} api
   * @param {(event: string, data: any) => void} onEvent
   * @param {(state: FeedState) => void} onState
   * @param {(error: import('./api.js').ApiError) => void} onRefused the key is not good enough: it doesn't come back
   */
  constructor(api, onEvent, onState, onRefused) {
    Object.assign(this, { api, onEvent, onState, onRefused });
    this.ended = new AbortController();
    this.lastEventMs = undefined;
  }

  async start() {
    let failures = 0;
    this.onState({ kind: 'connecting' });
    const watch = setInterval(() => this.watch(), 1_000);
    while (!this.ended.signal.aborted) {
      this.connection = new AbortController();
      const seen = this.lastEventMs;
      let error;
      try {
        await this.read(AbortSignal.any([this.connection.signal, this.ended.signal]));
      } catch (thrown) {
        error = thrown;
      }
      this.connection = undefined;
      if (this.ended.signal.aborted) break;
      if (error?.status === 401 || error?.status === 403) {
        this.stop();
        this.onRefused(error);
        break;
      }
      failures = this.lastEventMs === seen ? failures + 1 : 0;
      const waitMs = Math.max((error?.retryAfterSeconds ?? 0) * 1_000, backOff(failures));
      await this.wait(waitMs, error?.message ?? 'The stream has ended.');
    }
    clearInterval(watch);
  }

  stop() {
    this.ended.abort();
  }

  async read(signal) {
    const { body } = await this.api.open('/performance/stream', { headers: { accept: 'text/event-stream' }, signal });
    this.heardMs = performance.now();
    for await (const { event, data } of eventsIn(body, () => {
      this.heardMs = performance.now();
    })) {
      this.lastEventMs = Date.now();
      this.onState({ kind: 'live' });
      this.onEvent(event, JSON.parse(data));
    }
  }

  watch() {
    if (this.connection === undefined || this.lastEventMs === undefined) return;
    if (performance.now() - (this.heardMs ?? 0) > SILENT_MS) this.connection.abort();
    else if (Date.now() - this.lastEventMs > STALE_MS) this.onState({ kind: 'stale', sinceMs: this.lastEventMs });
  }

  /** Tries at once when the network or the reader is back. */
  async wait(waitMs, why) {
    const sinceMs = this.lastEventMs ?? Date.now();
    const over = new AbortController();
    const end = () => over.abort();
    const timer = setTimeout(end, waitMs);
    addEventListener('online', end, { signal: over.signal });
    this.ended.signal.addEventListener('abort', end, { signal: over.signal });
    const tell = () => this.onState({ kind: 'disconnected', sinceMs, retryAtMs, why });
    const retryAtMs = Date.now() + waitMs;
    tell();
    const ticks = setInterval(tell, 1_000);
    await new Promise((resolve) => over.signal.addEventListener('abort', resolve, { once: true }));
    clearInterval(ticks);
    clearTimeout(timer);
  }
}

/** So that a service that comes back isn't met by all at the same moment. */
const backOff = (failures) =>
  Math.min(MOST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, failures - 1)) * (0.75 + Math.random() / 2);

/**
 * Server-sent events, as the standard has them parsed (HTML Living Standard, 9.2.6).
 * @param {ReadableStream<Uint8Array>} body
 * @param {() => void} heard called for whatever comes, comments too
 */
export async function* eventsIn(body, heard = () => undefined) {
  let text = '';
  let event = { event: 'message', data: [] };
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    text += value;
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    text = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (event.data.length > 0) yield { event: event.event, data: event.data.join('\n') };
        event = { event: 'message', data: [] };
        continue;
      }
      const [, field, content = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
      if (field === 'data') event.data.push(content);
      else if (field === 'event') event.event = content;
    }
  }
}
