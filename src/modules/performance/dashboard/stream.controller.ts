import { Controller, Get, Query, Req, Res, StreamableFile } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Endless } from '../../../common/http/endless-answer.js';
import { PlatformRequires } from '../../auth/access.decorators.js';
import { PerformanceStream } from './performance-stream.js';

const streamQuery = z.strictObject({
  events: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, 'must be a whole number from 1 to 999')
    .transform(Number)
    .optional(),
});

@Controller('performance')
export class StreamController {
  constructor(private readonly stream: PerformanceStream) {}

  /** Server-sent events, until the client leaves or the process is asked to stop. */
  @PlatformRequires('ops:read')
  @Endless()
  @Get('stream')
  watch(
    @Query({ schema: streamQuery }) { events }: z.infer<typeof streamQuery>,
    @Req() { server }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): StreamableFile {
    const stream = this.stream.open(server.traffic.left, events);
    // Proxies that collect what they pass on would show it late.
    reply.header('x-accel-buffering', 'no');
    return new StreamableFile(stream, { type: 'text/event-stream; charset=utf-8' });
  }
}
