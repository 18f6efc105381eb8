import { ConsoleLogger, type LogLevel } from '@nestjs/common';

const LEVELS: readonly LogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'];

/** Where Nest tells of every module and route that it has found; of use only when something is missing. */
const WIRING: ReadonlySet<unknown> = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

/** The process's log: JSON lines in production, text for people elsewhere. */
export class ServiceLogger extends ConsoleLogger {
  constructor(options: { readonly json: boolean; readonly level: LogLevel }) {
    super({ json: options.json, logLevels: LEVELS.slice(0, LEVELS.indexOf(options.level) + 1) });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (WIRING.has(rest.at(-1)) && !this.isLevelEnabled('debug')) return;
    super.log(message, ...rest);
  }
}
