import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import type { Configuration } from '../../config/configuration.js';

/** What a web page of an allowed origin may read of an answer. */
const EXPOSED = [
  'Age',
  'ETag',
  'Idempotent-Replayed',
  'Link',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'X-Correlation-Id',
  'X-Cache',
];

/**
 * On every answer: they keep browsers from doing more with it than the API means. What else a browser can be
 * told is about pages, and the one page there is sets its own policy. A constant, as it costs each request.
 */
export const SAFE_HEADERS = {
  // Answers are data: nothing in them may load, run or be framed.
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
} as const;

export const SAFE_HEADER_ENTRIES = Object.entries(SAFE_HEADERS);

/** Lets web pages of the configured origins call the API; none unless it is configured. */
export async function allowOrigins(fastify: FastifyInstance, { http }: Configuration): Promise<void> {
  if (http.corsOrigins.length === 0) return;
  await fastify.register(cors, {
    origin: [...http.corsOrigins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED,
    maxAge: 600,
  });
}
