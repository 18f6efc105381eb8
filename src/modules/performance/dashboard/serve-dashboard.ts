import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';

/** Where the page and what it needs are served. */
export const DASHBOARD_PATH = '/api/v1/performance/dashboard';

const require = createRequire(import.meta.url);
const OWN = join(import.meta.dirname, 'assets');
const UPLOT = join(dirname(require.resolve('uplot/package.json')), 'dist');

const PAGE = 'dashboard.html';
/** Beside the page, and what it draws with. */
const FILES: readonly string[] = [
  ...readdirSync(OWN)
    .filter((name) => /\.(css|js)$/.test(name))
    .map((name) => join(OWN, name)),
  join(UPLOT, 'uPlot.iife.min.js'),
  join(UPLOT, 'uPlot.min.css'),
];

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // An empty icon, so that the browser asks for none.
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Serves the dashboard to anybody: it holds no data, and asks its reader for a key before it asks the API. To be called
 * before the service listens.
 */
export function serveDashboard(fastify: FastifyInstance): void {
  for (const path of [DASHBOARD_PATH, `${DASHBOARD_PATH}/`]) serveFile(fastify, path, join(OWN, PAGE));
  for (const file of FILES) serveFile(fastify, `${DASHBOARD_PATH}/${basename(file)}`, file);
}

/** They are few and small, so they are kept in memory. */
function serveFile(fastify: FastifyInstance, path: string, file: string): void {
  const content = readFileSync(file);
  const etag = `W/"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
  const headers = {
    'cache-control': 'no-cache',
    'content-security-policy': POLICY,
    'content-type': TYPES[extname(file)],
    etag,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
  fastify.get(path, { config: { access: 'public' } }, (request, reply) => {
    // On a 304 too: what a browser has kept then takes on its headers, the policy among them.
    reply.headers(headers);
    return request.headers['if-none-match'] === etag ? reply.status(304).send() : reply.send(content);
  });
}
