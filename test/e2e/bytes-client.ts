import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { PLATFORM_KEY, type TestService } from '../support/service.js';

/** An answer as it came over the wire. */
export interface BytesAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** Asks as a plain client does: unlike fetch it adds no headers of its own, and leaves bodies as they were sent. */
export class BytesClient {
  private readonly agent = new Agent({ keepAlive: true });

  constructor(
    private readonly service: Pick<TestService, 'url'>,
    private readonly key: string = PLATFORM_KEY,
  ) {}

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<BytesAnswer> {
    return this.request('GET', path, headers);
  }

  head(path: string, headers: Readonly<Record<string, string>> = {}): Promise<BytesAnswer> {
    return this.request('HEAD', path, headers);
  }

  patch(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<BytesAnswer> {
    const type = { 'content-type': 'application/merge-patch+json' };
    return this.request('PATCH', path, { ...type, ...headers }, JSON.stringify(body));
  }

  private request(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<BytesAnswer> {
    return new Promise((resolve, reject) => {
      const options = { method, agent: this.agent, headers: { authorization: `Bearer ${this.key}`, ...headers } };
      const asked = request(`${this.service.url}/api/v1${path}`, options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes: Buffer.concat(chunks) }),
        );
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }
}

/** What the answer says, in JSON. */
export const jsonOf = ({ bytes }: BytesAnswer): unknown => JSON.parse(bytes.toString());

/** The headers that are of the answer itself, not of the request that it came to. */
export function lastingHeaders({ headers }: BytesAnswer): IncomingHttpHeaders {
  const { date: _, 'x-cache': __, 'x-correlation-id': ___, 'x-response-time': ____, ...lasting } = headers;
  return lasting;
}
