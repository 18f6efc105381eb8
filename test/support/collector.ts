import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A span as it came over OTLP, with its attributes as an object. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly status: { readonly code?: number; readonly message?: string };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}

/** Does with a request whatever the test is about; by default it is taken. */
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A real HTTP server that plays the one that telemetry is sent to. */
export class Receiver {
  /** Bodies in the order in which they came. */
  readonly bodies: string[] = [];
  readonly paths: string[] = [];
  private readonly waiting = new Set<() => void>();
  private readonly server = createServer((request, response) => {
    void text(request).then((body) => {
      this.paths.push(request.url ?? '');
      this.bodies.push(body);
      this.answer(request, response);
      for (const look of this.waiting) look();
    });
  });

  private constructor(private readonly answer: Answer) {}

  static async start(answer: Answer = (_, response) => void response.end('{}')): Promise<Receiver> {
    const receiver = new Receiver(answer);
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    return receiver;
  }

  /** Such as `127.0.0.1:4318`. */
  get host(): string {
    const { port } = this.server.address() as AddressInfo;
    return `127.0.0.1:${port}`;
  }

  /** Resolves with what is found, as soon as that is anything. */
  async until<T>(find: () => T | undefined, patienceMs = 20_000): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const look = () => {
      const found = find();
      if (found !== undefined) resolve(found);
    };
    this.waiting.add(look);
    const late = setTimeout(() => reject(new Error(`Still waiting, having ${this.bodies.join('\n')}`)), patienceMs);
    look();
    return promise.finally(() => {
      clearTimeout(late);
      this.waiting.delete(look);
    });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** What plays the collector of traces. */
export class Collector {
  private constructor(readonly receiver: Receiver) {}

  static async start(answer?: Answer): Promise<Collector> {
    return new Collector(await Receiver.start(answer));
  }

  get endpoint(): string {
    return `http://${this.receiver.host}`;
  }

  get spans(): readonly CollectedSpan[] {
    return this.received.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)).map(readable);
  }

  get resources(): readonly Readonly<Record<string, unknown>>[] {
    return this.received.map(({ resource }) => objectOf(resource.attributes));
  }

  /** All spans of a trace, once the one without a parent here has come. */
  async trace(traceId: string): Promise<readonly CollectedSpan[]> {
    const ofTrace = () => this.spans.filter((span) => span.traceId === traceId);
    await this.receiver.until(() => ofTrace().find(({ kind }) => kind === SERVER));
    return ofTrace();
  }

  stop(): Promise<void> {
    return this.receiver.stop();
  }

  private get received(): readonly ResourceSpans[] {
    return this.receiver.bodies.flatMap((body) => JSON.parse(body).resourceSpans as ResourceSpans[]);
  }
}

/** The kind of a server's span in OTLP. */
export const SERVER = 2;

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface ResourceSpans {
  readonly resource: { readonly attributes: readonly KeyValue[] };
  readonly scopeSpans: readonly {
    readonly spans: readonly (Omit<CollectedSpan, 'attributes'> & { readonly attributes: readonly KeyValue[] })[];
  }[];
}

const readable = (span: ResourceSpans['scopeSpans'][number]['spans'][number]): CollectedSpan => ({
  ...span,
  attributes: objectOf(span.attributes),
});

const objectOf = (attributes: readonly KeyValue[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
