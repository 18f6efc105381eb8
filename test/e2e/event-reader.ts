/** An event of a stream, its data parsed. */
export interface StreamedEvent {
  readonly id: string;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the stream says
  readonly data: any;
}

/** Reads server-sent events one by one. */
export class EventReader {
  private text = '';
  private readonly reader: ReadableStreamDefaultReader<string>;

  private constructor(
    readonly response: Response,
    private readonly left: AbortController,
  ) {
    if (response.body === null) throw new Error('There is no body');
    this.reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async open(url: string, headers: Readonly<Record<string, string>>): Promise<EventReader> {
    const left = new AbortController();
    return new EventReader(await fetch(url, { headers, signal: left.signal }), left);
  }

  /** The next event, or the next like this; undefined where the stream ends before. */
  async next(like: (event: StreamedEvent) => boolean = () => true): Promise<StreamedEvent | undefined> {
    for (;;) {
      const end = this.text.indexOf('\n\n');
      if (end < 0) {
        const { done, value } = await this.reader.read();
        if (done) return undefined;
        this.text += value;
        continue;
      }
      const fields = new Map(
        this.text
          .slice(0, end)
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)] as const),
      );
      this.text = this.text.slice(end + 2);
      const data = fields.get('data');
      if (data === undefined) continue;
      const event = { id: fields.get('id') ?? '', event: fields.get('event') ?? '', data: JSON.parse(data) };
      if (like(event)) return event;
    }
  }

  leave(): void {
    this.left.abort();
  }
}
