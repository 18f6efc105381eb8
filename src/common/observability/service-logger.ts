import type { LoggerService } from '@nestjs/common';
import { type Logger as Pino, pino } from 'pino';
import { isStack, logEntry } from './log-entry.js';
import { type Level, type LogLevels, logLevels, severityOf } from './log-levels.js';
import { gatheringOutput, type LogOutput, prettyOutput } from './log-output.js';
import { redactLine } from './redact.js';

/** What each line says of the request that it was written for, where it was. */
export interface RequestFields {
  readonly correlationId?: string | undefined;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
}

export interface ServiceLoggerOptions {
  /** JSON lines, instead of text for people. */
  readonly json: boolean;
  readonly level: Level;
  /** Asked as each line is written. */
  readonly fields?: () => RequestFields;
  readonly levels?: LogLevels;
  readonly output?: LogOutput;
}

/** Where Nest tells of every module and route that it has found; of use only when something is missing. */
const WIRING: ReadonlySet<unknown> = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

/**
 * The process's log: an object a line in production, text for people elsewhere. Nothing that is secret, or personal, is
 * written, wherever it stands. It never throws.
 */
export class ServiceLogger implements LoggerService {
  private readonly levels: LogLevels;
  private readonly fields: () => RequestFields;
  private readonly output: LogOutput;
  private readonly lines: Pino;

  constructor({ json, level, fields = () => ({}), levels = logLevels, output }: ServiceLoggerOptions) {
    this.levels = levels;
    this.levels.configure(level);
    this.fields = fields;
    this.output = output ?? (json ? gatheringOutput() : prettyOutput());
    this.lines = pino(
      {
        level: 'trace', // The levels that can be changed are asked before.
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        serializers: { err: (error) => error },
        // The one way out: whatever a line holds, it is seen here as it is written.
        hooks: { streamWrite: redactLine },
      },
      this.output,
    );
  }

  fatal(message: unknown, ...rest: readonly unknown[]): void {
    this.write('fatal', 'error', message, rest);
  }

  error(message: unknown, ...rest: readonly unknown[]): void {
    this.write('error', 'error', message, rest);
  }

  warn(message: unknown, ...rest: readonly unknown[]): void {
    this.write('warn', 'warn', message, rest);
  }

  log(message: unknown, ...rest: readonly unknown[]): void {
    this.write('info', WIRING.has(rest.at(-1)) ? 'debug' : 'log', message, rest);
  }

  debug(message: unknown, ...rest: readonly unknown[]): void {
    this.write('debug', 'debug', message, rest);
  }

  verbose(message: unknown, ...rest: readonly unknown[]): void {
    this.write('trace', 'verbose', message, rest);
  }

  /** Resolves when all lines have left the process. */
  flush(): Promise<void> {
    return this.output.flush();
  }

  /** @param needs the level from which on it is written */
  private write(as: PinoLevel, needs: Level, message: unknown, rest: readonly unknown[]): void {
    // As Nest has it: the last one is the part of the service that speaks.
    const last = rest.at(-1);
    const context = typeof last === 'string' && !isStack(last) ? last : undefined;
    if (!this.levels.allows(severityOf(needs), context)) return;
    try {
      const { fields, text } = logEntry([message, ...(context === undefined ? rest : rest.slice(0, -1))]);
      this.lines[as]({ context, ...this.fields(), ...fields }, text);
    } catch (error) {
      this.lines.error({ context, type: typeof error }, 'a line of the log could not be written');
    }
  }
}

type PinoLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';
