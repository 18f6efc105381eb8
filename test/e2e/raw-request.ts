import { connect } from 'node:net';
import type { Answer } from '../support/api-client.js';
import { PLATFORM_KEY } from '../support/service.js';

/** Sends a request as it stands, byte by byte, which fetch and node:http would refuse or mend. */
export function rawRequest(
  url: string,
  requestLine: string,
  headers: readonly string[] = [`Authorization: Bearer ${PLATFORM_KEY}`],
  body: string | Buffer = '',
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('end', () => {
      socket.end();
      try {
        resolve(parse(chunks));
      } catch (error) {
        reject(error);
      }
    });
    socket.write(`${requestLine} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n`, 'latin1');
    for (const header of headers) socket.write(`${header}\r\n`, 'latin1');
    if (body.length > 0) socket.write(`Content-Length: ${Buffer.byteLength(body)}\r\n`);
    socket.write('\r\n');
    if (body.length > 0) socket.write(body);
  });
}

function parse(chunks: readonly Buffer[]): Answer {
  const text = Buffer.concat(chunks).toString('utf8');
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Headers(
    lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const body = rest.join('\r\n\r\n');
  const json = /\bjson\b/.test(headers.get('content-type') ?? '');
  return { status: Number(statusLine.split(' ')[1]), headers, body: json && body !== '' ? JSON.parse(body) : body };
}
