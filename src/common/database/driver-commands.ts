import { createRequire } from 'node:module';
import type { ClientSession, Document, MongoClient } from 'mongodb';

/** A command as the driver is about to send it. */
export interface DriverCommand {
  /** Such as `find`. */
  readonly name: string;
  readonly database: string;
  /** The command itself, with its values: to be read, never kept without need. */
  readonly command: Document;
}

/** Told of a command's end; what it failed with, where it did. */
export type CommandEnded = (ms: number, error?: unknown) => void;

/** Told of each command in the async context of whoever has it sent. */
export type CommandObserver = (sent: DriverCommand) => CommandEnded | undefined;

/** The part of the driver's connections that all commands go through. */
interface Commands {
  command(
    namespace: { readonly db: string },
    command: Document,
    options?: { readonly session?: ClientSession & { readonly client?: MongoClient } },
    responseType?: unknown,
  ): Promise<unknown>;
}

/** By client; each with whoever observes it, in a list that is replaced and never changed. */
const observed = new WeakMap<MongoClient, readonly CommandObserver[]>();
let watching = false;

/**
 * Observes all commands of a client from now on, whoever has them sent, but for those that the driver needs to keep its
 * connections. The same as the driver's own command events, which would decode each reply a second time (a fifth of the
 * time of a query) and know milliseconds only; a test holds the two against each other.
 * @returns ends it
 */
export function observeCommands(client: MongoClient, observer: CommandObserver): () => void {
  if (!watching) watchConnections();
  watching = true;
  observed.set(client, [...(observed.get(client) ?? []), observer]);
  return () => {
    observed.set(
      client,
      (observed.get(client) ?? []).filter((other) => other !== observer),
    );
  };
}

function watchConnections(): void {
  const { Connection }: { readonly Connection: { readonly prototype: Commands } } = createRequire(import.meta.url)(
    'mongodb/lib/cmap/connection.js',
  );
  const { prototype } = Connection;
  const { command: send } = prototype;
  prototype.command = function (this: Commands, namespace, command, options, responseType) {
    // What an operation sends has a session; a handshake and a heartbeat have none.
    const client = options?.session?.client;
    const observers = client === undefined ? undefined : observed.get(client);
    if (observers === undefined || observers.length === 0) {
      return send.call(this, namespace, command, options, responseType);
    }
    const [name = ''] = Object.keys(command);
    const told = tell(observers, { name, database: namespace.db, command });
    const begun = performance.now();
    const sent = send.call(this, namespace, command, options, responseType);
    sent.then(
      () => end(told, performance.now() - begun),
      (error: unknown) => end(told, performance.now() - begun, error),
    );
    return sent;
  };
}

const tell = (observers: readonly CommandObserver[], sent: DriverCommand): (CommandEnded | undefined)[] =>
  observers.map((observer) => observer(sent));

function end(told: readonly (CommandEnded | undefined)[], ms: number, error?: unknown): void {
  for (const ended of told) ended?.(ms, error);
}
