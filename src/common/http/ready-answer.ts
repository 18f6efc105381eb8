import type { FastifyReply } from 'fastify';
import type { Coding, Payload } from '../cache/payload.js';
import { linkHeader } from '../lists/link-header.js';
import { jsonPayload } from '../resource/record-payload.js';
import { PageAnswer, RecordAnswer } from './answers.js';
import { noneMatchNames } from './conditional.js';
import { codingFor } from './negotiate.js';
import { PreparedHead } from './response-head.js';
import { SAFE_HEADER_ENTRIES } from './secure-headers.js';

/** Credentials decide what is seen, and the client's codings how it is written. */
export const VARY = 'Authorization, Accept-Encoding, X-API-Key';

/**
 * The bytes of an answer with what must be said of them: its entity tag, and the links of a page.
 * @param url the request's path and query
 */
export function payloadOf(answer: unknown, url: string): Payload {
  if (answer instanceof RecordAnswer) return jsonPayload(answer.body, answer.version);
  if (!(answer instanceof PageAnswer)) return jsonPayload(answer, undefined);
  return jsonPayload(answer.page, undefined, { link: linkHeader(url, answer.page.page) });
}

/** One coding of an answer, with what is the same whenever it is sent. */
export class ReadyCoding {
  private asText: string | undefined;

  constructor(
    readonly bytes: Buffer,
    readonly etag: string,
    readonly head: PreparedHead,
    /** Those of its headers that are about these bytes. */
    readonly contentHeaders: readonly string[],
    /** For a client that has them. */
    readonly unchanged: PreparedHead,
  ) {}

  /** The bytes as latin1 text: Node sends headers and text in one piece, and a buffer in two. Made for the first hit. */
  get text(): string {
    this.asText ??= this.bytes.toString('latin1');
    return this.asText;
  }
}

/** An answer that needs nothing but to be sent: all that can be made once is made once. */
export class ReadyAnswer {
  private readonly codings: Partial<Record<Coding, ReadyCoding>> = {};

  constructor(
    readonly payload: Payload,
    /** Called when it has come to take more memory. */
    private readonly grown: () => void = () => undefined,
  ) {}

  /** In the coding that the client likes best; a small answer isn't worth one. */
  for(acceptEncoding: string | undefined): ReadyCoding {
    const coding = this.payload.compressible ? codingFor(acceptEncoding) : 'identity';
    return this.codings[coding] ?? this.make(coding);
  }

  private make(coding: Coding): ReadyCoding {
    const bytes = this.payload.in(coding);
    const etag = tagIn(coding, this.payload.facts['etag'] ?? '');
    const { link } = this.payload.facts;
    const always = [
      ...SAFE_HEADER_ENTRIES.flat(),
      ...['cache-control', 'private, no-cache'],
      ...(link === undefined ? [] : ['link', link]),
    ];
    const contentHeaders = [
      ...['etag', etag, 'content-type', 'application/json; charset=utf-8', 'content-length', String(bytes.length)],
      ...(coding === 'identity' ? [] : ['content-encoding', coding]),
    ];
    const head = new PreparedHead(200, [...always, ...contentHeaders]);
    const made = new ReadyCoding(bytes, etag, head, contentHeaders, new PreparedHead(304, [...always, 'etag', etag]));
    this.codings[coding] = made;
    this.grown();
    return made;
  }
}

/** A strong tag is of the bytes, and so of one coding; a weak one is of the content in all of them. */
const tagIn = (coding: Coding, etag: string): string =>
  coding === 'identity' || etag.startsWith('W/') ? etag : `${etag.slice(0, -1)}-${coding}"`;

/** Whether the client says that it has this answer. */
export const isKnown = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch !== undefined && (ifNoneMatch === etag || noneMatchNames(ifNoneMatch, etag));

/** Says of an answer what must be said, and gives the bytes to send; undefined where the client has them already. */
export function prepareReply(reply: FastifyReply, ready: ReadyAnswer, outcome: string | undefined): Buffer | undefined {
  const { headers } = reply.request;
  const coding = ready.for(headers['accept-encoding']);
  const known = isKnown(headers['if-none-match'], coding.etag);
  setHeaders(reply, (known ? coding.unchanged : coding.head).headers);
  reply.header('vary', varyWith(reply.getHeader('vary')));
  if (outcome !== undefined) reply.header('x-cache', outcome);
  if (!known) return coding.bytes;
  reply.status(304);
  return undefined;
}

/** @param headers name, value, … */
export function setHeaders(reply: FastifyReply, headers: readonly string[]): void {
  for (let at = 0; at < headers.length; at += 2) reply.header(headers[at] ?? '', headers[at + 1]);
}

/** CORS may have said already that the answer differs by origin. */
export const varyWith = (vary: unknown): string =>
  typeof vary === 'string' && vary !== '' ? `${vary}, ${VARY}` : VARY;
