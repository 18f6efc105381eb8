/** An answer with its body parsed. */
export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface PageBody {
  readonly data: Record<string, unknown>[];
  readonly page: {
    readonly limit: number;
    readonly nextCursor: string | null;
    readonly previousCursor: string | null;
    readonly total?: number;
    readonly totalIs?: string;
  };
}

type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** The database's own answer, in its own bytes. */
export const PAST_THE_CACHE = { 'cache-control': 'no-cache', 'accept-encoding': 'identity' } as const;

/** Calls the API over HTTP as its users do. */
export class ApiClient {
  constructor(
    private readonly base: string,
    private readonly key: string | undefined,
  ) {}

  get<T = Record<string, unknown>>(path: string, query: Query = {}, headers: Readonly<Record<string, string>> = {}) {
    return this.request<T>('GET', path, { query, headers });
  }

  page(path: string, query: Query = {}, headers: Readonly<Record<string, string>> = {}): Promise<Answer<PageBody>> {
    return this.request<PageBody>('GET', path, { query, headers });
  }

  post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    return this.request('POST', path, { body, headers });
  }

  put(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    return this.request('PUT', path, { body, headers });
  }

  patch(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    return this.request('PATCH', path, {
      body,
      headers: { 'content-type': 'application/merge-patch+json', ...headers },
    });
  }

  delete(path: string, query: Query = {}, headers: Readonly<Record<string, string>> = {}) {
    return this.request('DELETE', path, { query, headers });
  }

  /** A string body is sent as it is, anything else as JSON. */
  async request<T = Record<string, unknown>>(
    method: string,
    path: string,
    options: {
      readonly query?: Query;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<Answer<T>> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined && value !== null) search.set(name, String(value));
    }
    const query = search.toString();
    const response = await fetch(`${this.base}${path}${query === '' ? '' : `?${query}`}`, {
      method,
      headers: {
        ...(this.key === undefined ? {} : { authorization: `Bearer ${this.key}` }),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined
        ? {}
        : { body: typeof options.body === 'string' ? options.body : JSON.stringify(options.body) }),
    });
    const text = await response.text();
    const json = /\bjson\b/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: (json && text !== '' ? JSON.parse(text) : text) as T,
    };
  }
}
