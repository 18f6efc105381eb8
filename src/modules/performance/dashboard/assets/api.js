const BASE = '/api/v1';

/** An answer that isn't what was asked for, in words for a person. */
export class ApiError extends Error {
  /** @param {number} status 0 where there was no answer @param {string} message */
  constructor(status, message, retryAfterSeconds) {
    super(message);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Asks the API with a key. */
export class Api {
  /** @param {string} key */
  constructor(key) {
    this.key = key;
  }

  /** @param {string} path below /api/v1 */
  async get(path, signal) {
    const answer = await this.open(path, { signal });
    return answer.json();
  }

  async post(path, body, signal) {
    const answer = await this.open(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    });
    return answer.json();
  }

  /** The answer, when it is a good one. @throws {ApiError} */
  async open(path, { headers = {}, ...options } = {}) {
    let answer;
    try {
      answer = await fetch(`${BASE}${path}`, {
        ...options,
        headers: { ...headers, authorization: `Bearer ${this.key}` },
        cache: 'no-store',
        credentials: 'omit',
      });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      throw new ApiError(0, 'The service does not answer.');
    }
    if (answer.ok) return answer;
    throw new ApiError(answer.status, await reasonOf(answer), Number(answer.headers.get('retry-after')) || undefined);
  }
}

/** What the problem (RFC 9457) says. */
async function reasonOf(answer) {
  const problem = await answer.json().catch(() => ({}));
  const errors = (problem.errors ?? []).map(({ pointer, parameter, message }) => `${pointer ?? parameter} ${message}`);
  const said = [problem.title, problem.detail, ...errors].filter((part) => part !== undefined);
  return said.length === 0 ? `HTTP ${answer.status}` : `${answer.status}: ${said.join('. ')}`;
}
