import 'reflect-metadata';
import { Controller, Get, Header, Headers, Module, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { readyAnswer } from './ready-answer.ts';

/**
 * The framework at its best: NestJS on Fastify, one handler that answers gzip bytes that it holds ready. No validation, no
 * credentials, nothing else. With READY_CONDITIONAL=true it also compares If-None-Match with that answer's ETag, and
 * answers 304. Decorators are applied by hand, as Node runs this file with its types stripped.
 */
const ready = await readyAnswer();
const { etag } = ready;

class ReadyController {
  answer() {
    return ready.body;
  }

  answerUnlessKnown(known: string | undefined, reply: FastifyReply) {
    if (known !== etag) return ready.body;
    reply.status(304);
    return undefined;
  }
}
const conditional = process.env['READY_CONDITIONAL'] === 'true';
const name = conditional ? 'answerUnlessKnown' : 'answer';
const route = Object.getOwnPropertyDescriptor(ReadyController.prototype, name) ?? {};
Get()(ReadyController.prototype, name, route);
Header('content-type', 'application/json; charset=utf-8')(ReadyController.prototype, name, route);
Header('content-encoding', 'gzip')(ReadyController.prototype, name, route);
if (conditional) {
  Header('etag', etag)(ReadyController.prototype, name, route);
  Headers('if-none-match')(ReadyController.prototype, name, 0);
  Res({ passthrough: true })(ReadyController.prototype, name, 1);
}
Controller('api/v1/clinics')(ReadyController);

class ReadyModule {}
Module({ controllers: [ReadyController] })(ReadyModule);

const app = await NestFactory.create<NestFastifyApplication>(ReadyModule, new FastifyAdapter(), { logger: false });
await app.listen(Number(process.env['PORT']), '127.0.0.1');
