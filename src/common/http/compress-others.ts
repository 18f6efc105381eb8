import compress from '@fastify/compress';
import type { FastifyInstance } from 'fastify';
import { COMPRESS_FROM_BYTES } from '../cache/payload.js';

/** Compresses what isn't ready bytes, such as the API's document; to be registered before the routes are. */
export async function compressOthers(fastify: FastifyInstance): Promise<void> {
  // Their answers come in the coding that was negotiated, which may be none.
  fastify.addHook('onRoute', (route) => {
    if (route.config?.access !== 'public') route.compress = false;
  });
  await fastify.register(compress, {
    threshold: COMPRESS_FROM_BYTES,
    encodings: ['gzip'],
    zlibOptions: { level: 6 },
    // Bodies of requests are taken as they are.
    globalDecompression: false,
  });
}
