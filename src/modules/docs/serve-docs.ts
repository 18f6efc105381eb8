import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { DOCS_PAGE, DOCS_PATH, START_SCRIPT } from './docs-page.js';

const require = createRequire(import.meta.url);
const swaggerUi = dirname(require.resolve('swagger-ui-dist/package.json'));

/** Of its files those that the page asks for; the others are source maps and further builds. */
const ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // Icons of the stylesheet are data URLs.
  "img-src 'self' data:",
  // For the document, and for trying out the operations.
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PUBLIC = { config: { access: 'public' } } as const;

/** Serves the browsable documentation to anybody. To be called before the service listens. */
export async function serveDocs(fastify: FastifyInstance): Promise<void> {
  await fastify.register(fastifyStatic, { root: swaggerUi, serve: false });
  for (const path of [DOCS_PATH, `${DOCS_PATH}/`]) {
    fastify.get(path, PUBLIC, (_request, reply) =>
      guarded(reply).header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(DOCS_PAGE),
    );
  }
  fastify.get(`${DOCS_PATH}/start.js`, PUBLIC, (_request, reply) =>
    guarded(reply).header('cache-control', 'no-cache').type('text/javascript; charset=utf-8').send(START_SCRIPT),
  );
  for (const asset of ASSETS) {
    fastify.get(`${DOCS_PATH}/${asset}`, PUBLIC, (_request, reply) => guarded(reply).sendFile(asset, { maxAge: '1h' }));
  }
}

const guarded = (reply: FastifyReply): FastifyReply =>
  reply.headers({
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  });
