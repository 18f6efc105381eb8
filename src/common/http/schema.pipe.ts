import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { plainMessage, problemErrors } from '../problems/problem-errors.js';
import { Problem } from '../problems/problems.js';

/**
 * Parses each argument that declares a zod schema (`@Body({ schema })`), once, at the edge; what is
 * inside never validates again.
 */
@Injectable()
export class SchemaPipe implements PipeTransform {
  /** @throws {Problem} `validation-failed` that names every mistake */
  transform(value: unknown, { schema, type, data }: ArgumentMetadata): unknown {
    if (!(schema instanceof z.ZodType)) return value;
    const parsed = schema.safeParse(value ?? (type === 'body' ? undefined : {}), { error: plainMessage });
    if (parsed.success) return parsed.data;
    throw new Problem('validation-failed', {
      errors: problemErrors(parsed.error.issues, type === 'body' ? 'body' : (data ?? 'query')),
    });
  }
}
