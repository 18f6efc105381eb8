import { fastify } from 'fastify';
import { readyAnswer } from './ready-answer.ts';

/** Fastify with one route and an answer that it holds ready. */
const { body } = await readyAnswer();
const app = fastify();
app.get('/api/v1/clinics', (_request, reply) => {
  reply.header('content-type', 'application/json; charset=utf-8').header('content-encoding', 'gzip').send(body);
});
await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });
