import { getConnectionToken } from '@nestjs/mongoose';
import type { CommandFailedEvent, CommandStartedEvent, CommandSucceededEvent, Document } from 'mongodb';
import type { Connection } from 'mongoose';
import { startService, type TestService } from './service.js';

/** A command that the service has sent to MongoDB. */
export interface SentCommand {
  /** The command and its collection, such as `find clinics`. */
  readonly line: string;
  readonly command: Document;
  /** How many of the service's commands were unanswered when it was sent. */
  readonly inFlight: number;
}

/** What the driver sends for itself: to open, watch and leave a connection. */
const HOUSEKEEPING: ReadonlySet<string> = new Set(['hello', 'ping', 'endSessions']);

/** The commands that a service sends, as its own driver reports them. */
export class CommandLog {
  private sent: SentCommand[] = [];
  private readonly unanswered = new Set<number>();

  constructor({ app }: TestService) {
    const client = app.get<Connection>(getConnectionToken()).getClient();
    client.on('commandStarted', (event: CommandStartedEvent) => this.started(event));
    client.on('commandSucceeded', (event: CommandSucceededEvent) => this.unanswered.delete(event.requestId));
    client.on('commandFailed', (event: CommandFailedEvent) => this.unanswered.delete(event.requestId));
  }

  /** What was sent while the work ran, in order. */
  async during(work: () => Promise<unknown>): Promise<readonly SentCommand[]> {
    this.sent = [];
    await work();
    return this.sent;
  }

  private started({ commandName, command, requestId }: CommandStartedEvent): void {
    if (HOUSEKEEPING.has(commandName)) return;
    const target: unknown = command[commandName];
    this.sent.push({
      line: typeof target === 'string' ? `${commandName} ${target}` : commandName,
      command,
      inFlight: this.unanswered.size,
    });
    this.unanswered.add(requestId);
  }
}

/** Starts a service whose driver reports its commands; the URI asks for that, the service is as ever. */
export async function startMonitoredService(): Promise<TestService & { readonly commands: CommandLog }> {
  const service = await startService({ MONGODB_URI: monitored(process.env['TEST_MONGODB_URI'] ?? '') });
  return { ...service, commands: new CommandLog(service) };
}

/** Not by `URL`, which refuses the several hosts of a replica set. */
function monitored(uri: string): string {
  const [hosts = '', options = ''] = uri.split('?');
  return `${/[^/]\/[^/]*$/.test(hosts) ? hosts : `${hosts}/`}?${options}&monitorCommands=true`;
}
