import { Controller, Get, Param } from '@nestjs/common';
import { Problem } from '../../common/problems/problems.js';
import { Public } from '../auth/access.decorators.js';
import { type DocumentedProblem, findProblemKind, problemKinds } from './problem-catalogue.js';

/** What the `type` of a problem refers to (RFC 9457 3.1.1). */
@Public()
@Controller('problems')
export class ProblemsController {
  @Get()
  list(): { readonly data: readonly DocumentedProblem[] } {
    return { data: problemKinds };
  }

  @Get(':name')
  get(@Param('name') name: string): DocumentedProblem {
    const kind = findProblemKind(name);
    if (kind === undefined) throw new Problem('not-found', { detail: 'There is no such type of problem.' });
    return kind;
  }
}
