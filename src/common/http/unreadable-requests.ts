import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEMS, Problem, problemBody } from '../problems/problems.js';
import { lastWaiting } from './connection-limits.js';
import { SAFE_HEADER_ENTRIES } from './secure-headers.js';

/**
 * Answers bytes that are no HTTP, more headers than are read, or too few bytes for too long, and ends the connection:
 * Node has made no request of them. What the client is still sending is read for a moment: a connection that is closed
 * over unread bytes is reset, and its client never gets to see the answer.
 * @param told of each answer: no method, a status, and the bytes of its body
 */
export function answerUnreadable(
  error: Error & { readonly code?: string },
  socket: Socket,
  told: (method: '', status: number, bytes: number) => void,
): void {
  const readBefore = ended.get(socket);
  if (readBefore !== undefined) {
    if (socket.bytesRead - readBefore > LINGER_BYTES) socket.destroy();
    return;
  }
  // Who never said anything wouldn't listen.
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesRead === 0) {
    socket.destroy();
    return;
  }
  ended.set(socket, socket.bytesRead);
  const patience = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(patience));
  const answer = () => {
    const { status, body, text } = answerTo(error.code);
    told('', status, Buffer.byteLength(body));
    socket.end(text);
  };
  const last = lastWaiting(socket);
  if (last === undefined) answer();
  // It could be read: its own answer comes first.
  else if (last.request.complete) last.response.once('finish', answer);
  else if (last.response.headersSent) socket.destroy();
  else answer();
}

/** Whether the connection was answered as unreadable, in the middle of a request or between two. */
export const isUnreadable = (socket: Socket): boolean => ended.has(socket);

/** How much each connection had sent when it was given its last answer. */
const ended = new WeakMap<Socket, number>();
const LINGER_MS = 2_000;
const LINGER_BYTES = 4_194_304;

function answerTo(code: string | undefined) {
  const correlationId = randomUUID();
  const { status, body } = problemOf(code, correlationId);
  const text = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/problem+json\r\nCache-Control: no-store\r\n${SAFE_HEADER_LINES}X-Correlation-Id: ${correlationId}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  return { status, body, text };
}

const SAFE_HEADER_LINES = SAFE_HEADER_ENTRIES.map(([name, value]) => `${name}: ${value}\r\n`).join('');

function problemOf(
  code: string | undefined,
  correlationId: string,
): { readonly status: number; readonly body: string } {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    // It says nothing beyond its status: RFC 9457 4.2.1.
    const problem = { type: 'about:blank', title: STATUS_CODES[408], status: 408, correlationId };
    return { status: 408, body: JSON.stringify(problem) };
  }
  const kind = code === 'HPE_HEADER_OVERFLOW' ? 'headers-too-large' : 'malformed-request';
  return { status: PROBLEMS[kind].status, body: JSON.stringify(problemBody(new Problem(kind), '', correlationId)) };
}
