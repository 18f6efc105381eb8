import { Injectable, Logger } from '@nestjs/common';
import { type LevelsReport, type LogLevels, logLevels } from '../../../common/observability/log-levels.js';
import { Problem } from '../../../common/problems/problems.js';
import { type ProcessIdentity, thisProcess } from '../this-process.js';
import type { LogLevelBody } from './log-levels.bodies.js';

export interface LogLevelsReport extends LevelsReport {
  readonly process: ProcessIdentity;
}

const MOST_CONTEXTS = 50;

/** What this process writes to its log, and for how long. */
@Injectable()
export class LogLevelsService {
  private readonly log = new Logger('LogLevels');
  private readonly levels: LogLevels = logLevels;

  report(): LogLevelsReport {
    return { process: thisProcess(), ...this.levels.report() };
  }

  /** @throws {Problem} `validation-failed` when too many contexts have a level of their own */
  set({ level, context, forSeconds }: LogLevelBody): LogLevelsReport {
    if (context !== undefined && !this.levels.has(context) && this.levels.size >= MOST_CONTEXTS) {
      const errors = [
        { pointer: '/context', message: `must be one of the ${MOST_CONTEXTS} that have a level already` },
      ];
      throw new Problem('validation-failed', { errors });
    }
    this.levels.set({ level, context, forMs: forSeconds === null ? null : forSeconds * 1000 });
    const whose = context ?? 'everything';
    const howLong = level === null || forSeconds === null ? '' : ` for ${forSeconds} s`;
    this.log.warn(`level of ${whose} set to ${level ?? 'the configured one'}${howLong}`);
    return this.report();
  }
}
