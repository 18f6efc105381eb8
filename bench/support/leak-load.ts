import { Agent, request } from 'node:http';
import { makeKey } from './api.js';
import { at } from './at.js';
import { rawAnswer } from './raw-answer.js';
import { smallGroup } from './small-group.js';

/** Sends the requests with these numbers, from the first to before the last. */
export type LeakLoad = (from: number, to: number) => Promise<void>;

const CONNECTIONS = 20;

/**
 * A load that goes every usual way through the service, the same with each number: hits, misses, refusals, 304s, writes, and clients
 * that leave before their answer. About every seventh request is one that was never sent before, so that what keeps something for each
 * key, tag or query that it meets is found, and caches with a bound reach it. Any other status than expected fails the run.
 */
export async function leakLoad(service: string, adminKey: string): Promise<LeakLoad> {
  const { key, organizationId, clinics } = await smallGroup(service, adminKey);
  const api = `${service}/api/v1`;
  const writer = await makeKey(service, adminKey, organizationId, 'admin');
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const gzip = { authorization: `Bearer ${key}`, 'accept-encoding': 'gzip' };
  const past = { ...gzip, 'cache-control': 'no-cache' };
  // The first is never written to, so that its ETag stays.
  const [still = '', ...written] = clinics;
  const { headers } = await rawAnswer(`${api}/clinics/${still}`, { headers: gzip, agent });
  const known = { ...gzip, 'if-none-match': String(headers.etag) };
  const one = (number: number) => `clinics/${at(written, number % written.length)}`;

  const get = (path: string, status: number, given = gzip) =>
    answered(`${api}/${path}`, status, { headers: given, agent });
  const change = (number: number) =>
    answered(`${api}/${one(number)}`, 200, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${writer}`, 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ phone: `+1 907 555 ${1000 + (number % 9000)}` }),
      agent,
    });
  const cached = () => get('clinics?limit=20', 200);
  const byId = (number: number) => get(one(number), 200);
  const ways: readonly ((number: number) => Promise<void>)[] = [
    ...[cached, byId, cached, byId, cached, byId, cached, byId, cached],
    () => get(`clinics/${still}`, 304, known),
    (number) => get(one(number), 200, past),
    (number) => get(`clinics?limit=${1 + (Math.floor(number / 20) % 20)}`, 200, past),
    (number) => get(neverAsked(number), 200),
    cached,
    (number) => get(neverAsked(number), 200),
    (number) => get(`clinics/${number.toString(16).padStart(24, '0')}`, 404),
    () => get('clinics?limit=none', 400),
    () => leave(`${api}/clinics?limit=20`, past),
    // A write voids every list.
    (number) => (number % 200 < 20 ? change(number) : cached()),
    byId,
  ];
  return async (from, to) => {
    let number = from;
    const connection = async () => {
      while (number < to) {
        const next = number;
        number += 1;
        await at(ways, next % ways.length)(next);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  };
}

async function answered(url: string, status: number, asked: Parameters<typeof rawAnswer>[1]): Promise<void> {
  const answer = await rawAnswer(url, asked);
  if (answer.status !== status) throw new Error(`${url} was answered ${answer.status}: ${answer.body}`);
}

const FIELDS = ['name', 'code', 'status', 'phone', 'email', 'timezone', 'address', 'version', 'createdAt', 'updatedAt'];

/** A list that differs from those of all others within 100,000, by its limit and its fields, which are as many early as late. */
function neverAsked(number: number): string {
  const bits = (Math.floor(number / 100) * 387) % 1024;
  const fields = ['id', ...FIELDS.filter((_, field) => (bits >> field) & 1)];
  return `clinics?limit=${1 + (number % 100)}&fields=${fields}`;
}

/** Is gone when the request has been sent. */
async function leave(url: string, headers: Readonly<Record<string, string>>): Promise<void> {
  await new Promise<void>((resolve) => {
    const sent = request(url, { headers, agent: false });
    sent
      .on('error', () => undefined)
      .on('close', resolve)
      .end(() => sent.destroy());
  });
}
