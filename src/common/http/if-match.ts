import { createParamDecorator, type ExecutionContext, Inject, Injectable, type PipeTransform } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { type Precondition } from '../database/precondition.js';
import { Problem } from '../problems/problems.js';
import { parseIfMatch } from './conditional.js';

@Injectable()
class IfMatchPipe implements PipeTransform<string | undefined, Precondition | undefined> {
  constructor(@Inject(CONFIGURATION) private readonly configuration: Configuration) {}

  transform(header: string | undefined): Precondition | undefined {
    const precondition = parseIfMatch(header);
    if (precondition === undefined && this.configuration.http.requireIfMatch) {
      throw new Problem('precondition-required', { errors: [{ parameter: 'If-Match', message: 'is required' }] });
    }
    return precondition;
  }
}

const header = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'],
);

/**
 * The versions that the request may change, from its If-Match header; undefined where it has none.
 * Throws `precondition-required` where the service demands one (RFC 6585 3).
 */
export const IfMatch = () => header(IfMatchPipe);
