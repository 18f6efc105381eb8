import { Logger } from '@nestjs/common';
import { type LogLevels, logLevels, severityOf } from './log-levels.js';

/** What is told of a request when it has been answered. */
export interface RequestLine {
  readonly method: string;
  /** The template, such as `/api/v1/clinics/{id}`: a URL may hold what nobody should read. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  /** Of the answer's body. */
  readonly bytes: number;
  /** Commands to the database. */
  readonly queries: number;
  readonly correlationId: string;
  /** Where its span isn't the active one any more. */
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  /** As `X-Cache` tells it. */
  readonly cache?: string | undefined;
  /** What kind of principal asked. */
  readonly principal?: string | undefined;
  /** Why it failed. */
  readonly error?: unknown;
}

const CONTEXT = 'Requests';
const PROBES: ReadonlySet<string> = new Set(['/livez', '/readyz']);
const [ERROR, LOG, DEBUG] = [severityOf('error'), severityOf('log'), severityOf('debug')];

/**
 * One line a request. Answers from memory are told at debug only: to tell of one costs more than to give it. So are
 * those to probes, which come every other second, and are 503 where all is as it should be, such as during a stop. The
 * others are told at log, or as errors where the service has failed.
 */
export class RequestLog {
  private readonly log = new Logger(CONTEXT);

  constructor(private readonly levels: LogLevels = logLevels) {}

  /** Whether a line would be written; to be asked before its members are gathered. */
  enabledFor(hit: boolean, status = 200): boolean {
    return this.levels.allows(status >= 500 ? ERROR : hit ? DEBUG : LOG, CONTEXT);
  }

  /** @param hit it was answered from memory */
  line({ error, ...line }: RequestLine, hit = false): void {
    const quiet = hit || PROBES.has(line.route);
    const failed = line.status >= 500 && !PROBES.has(line.route);
    if (!this.levels.allows(failed ? ERROR : quiet ? DEBUG : LOG, CONTEXT)) return;
    const fields = {
      msg: `${line.method} ${line.route} ${line.status}`,
      ...line,
      ms: Math.round(line.ms * 100) / 100,
      err: error,
    };
    if (failed) this.log.error(fields);
    else if (quiet) this.log.debug(fields);
    else this.log.log(fields);
  }
}
