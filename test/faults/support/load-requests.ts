import { type Agent, type IncomingMessage, request } from 'node:http';
import { z } from 'zod';
import type { ApiClient } from '../../support/api-client.js';
import { Directory } from '../../support/directory.js';
import { PLATFORM_KEY } from '../../support/service.js';

export type Kind = 'read' | 'list' | 'summary' | 'patch' | 'post';

/** Whom a load asks, and for what. Several services are asked in turn. */
export interface LoadTarget {
  readonly urls: readonly string[];
  readonly organizationId: string;
  /** Clinics that are read and changed. */
  readonly clinicIds: readonly string[];
}

/** Makes an organization with some clinics for a load. */
export async function prepareLoad(api: ApiClient, urls: readonly string[], clinics = 10): Promise<LoadTarget> {
  const directory = new Directory(api);
  const { id: organizationId } = await directory.organization();
  const clinicIds: string[] = [];
  while (clinicIds.length < clinics) clinicIds.push((await directory.clinic(organizationId)).id);
  return { urls, organizationId, clinicIds };
}

export interface Asked {
  readonly kind: Kind;
  readonly path: string;
  /** What a write sets, so that it is known again in the database. */
  readonly name?: string;
  readonly clinicId?: string;
}

/** A version of a record that an answer showed. */
export type Shown = readonly [id: string, version: number];

export interface Answered {
  /** X-Cache. */
  readonly cache?: string;
  readonly ageSeconds?: number;
  /** The type of the problem. */
  readonly problem?: string;
  /** The connection had carried another request before: it may have been closed as this one was sent. */
  readonly reused?: boolean;
  readonly shown: readonly Shown[];
}

/** One request of a load; times are of `performance.now()`. */
export interface LoadRequest extends Asked, Answered {
  readonly scheduledMs: number;
  readonly sentMs: number;
  readonly answeredMs: number;
  /** A status; or `ECONNRESET` and the like; `gave up` and `not sent` are the client's own. */
  readonly outcome: string;
}

let number = 0;
let turn = 0;

/** The next request, by chance, as often as the mix wants each kind. */
export function nextAsked(
  { organizationId, clinicIds }: LoadTarget,
  mix: Readonly<Partial<Record<Kind, number>>>,
): Asked {
  const kind = drawn(mix);
  number += 1;
  const name = `Load ${number}`;
  const clinicId = clinicIds[Math.floor(Math.random() * clinicIds.length)] ?? '';
  switch (kind) {
    case 'read':
      return { kind, path: `/clinics/${clinicId}`, clinicId };
    case 'list':
      return { kind, path: `/clinics?organizationId=${organizationId}&limit=${20 + (number % 3)}` };
    case 'summary':
      return { kind, path: `/organizations/${organizationId}/summary` };
    case 'patch':
      return { kind, path: `/clinics/${clinicId}`, clinicId, name };
    case 'post':
      return { kind, path: '/clinics', name };
  }
}

function drawn(mix: Readonly<Partial<Record<Kind, number>>>): Kind {
  const drawable = KINDS.flatMap((kind) => Array<Kind>(mix[kind] ?? 0).fill(kind));
  return drawable[Math.floor(Math.random() * drawable.length)] ?? 'read';
}

const KINDS = ['read', 'list', 'summary', 'patch', 'post'] as const;

export interface Asking {
  readonly agent: Agent;
  readonly patienceMs: number;
}

/** Sends it and waits for the whole answer; never fails. Nothing is tried again. */
export function send(
  target: LoadTarget,
  asked: Asked,
  { agent, patienceMs }: Asking,
): Promise<Answered & { readonly outcome: string }> {
  turn += 1;
  const { method, headers, body } = writing(target, asked);
  const { promise, resolve } = Promise.withResolvers<Answered & { readonly outcome: string }>();
  const sent = request(`${target.urls[turn % target.urls.length]}/api/v1${asked.path}`, {
    method,
    agent,
    headers: { authorization: `Bearer ${PLATFORM_KEY}`, ...headers },
  });
  const patience = setTimeout(() => {
    resolve({ outcome: 'gave up', reused: sent.reusedSocket, shown: [] });
    sent.destroy();
  }, patienceMs);
  const failed = (error: NodeJS.ErrnoException) =>
    resolve({ outcome: error.code ?? error.message, reused: sent.reusedSocket, shown: [] });
  sent.once('error', failed).once('response', (answer) => {
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk)).once('error', failed);
    answer.once('end', () => resolve({ ...toldBy(answer, Buffer.concat(chunks)), reused: sent.reusedSocket }));
  });
  sent.end(body);
  return promise.finally(() => clearTimeout(patience));
}

function writing({ organizationId }: LoadTarget, { kind, name }: Asked) {
  if (kind === 'patch') {
    return {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ name }),
    };
  }
  if (kind !== 'post') return { method: 'GET', headers: {}, body: undefined };
  const code = name?.replace(' ', '-').toUpperCase();
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ organizationId, name, code }),
  };
}

const record = z.object({ id: z.string(), version: z.number() });
const readable = z.union([
  record.transform((one) => [one]),
  z.object({ data: z.array(record) }).transform(({ data }) => data),
]);

function toldBy({ statusCode, headers }: IncomingMessage, bytes: Buffer): Answered & { readonly outcome: string } {
  const json: unknown = /\bjson\b/.test(headers['content-type'] ?? '') ? JSON.parse(bytes.toString()) : undefined;
  const { age } = headers;
  const cache = headers['x-cache'];
  const problem = z.object({ type: z.string() }).safeParse(json).data?.type;
  return {
    outcome: String(statusCode),
    ...(typeof cache === 'string' ? { cache } : {}),
    ...(age === undefined ? {} : { ageSeconds: Number(age) }),
    ...(problem === undefined ? {} : { problem }),
    shown: (readable.safeParse(json).data ?? []).map(({ id, version }): Shown => [id, version]),
  };
}
