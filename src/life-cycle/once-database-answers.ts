import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Configuration } from '../config/configuration.js';
import { askDatabase, isAway } from './ask-database.js';
import { WaitingRoom } from './waiting-room.js';

/** Who probes a process that starts gets an answer this soon. */
const OPEN_AFTER_MS = 1_000;
const ASK_EVERY_MS = 1_000;
const SAY_EVERY_MS = 30_000;

export interface Built<T> {
  readonly service: T;
  /** Where it shall listen. */
  readonly port: number;
}

/**
 * Builds the service as soon as the database answers, however long that takes. Where it doesn't answer at once, a
 * waiting room stands at the service's address until the service is built.
 * @throws what `build` throws, unless the database went away in the middle and it left nothing open; a configuration
 * that can't be right, or an address that is taken
 */
export async function onceDatabaseAnswers<T>(configuration: Configuration, build: () => Promise<T>): Promise<Built<T>> {
  const waiting = new Waiting(configuration);
  try {
    for (;;) {
      await waiting.forDatabase();
      try {
        return { service: await build(), port: waiting.port };
      } catch (error) {
        if (!isAway(error)) throw error;
        await waiting.begin(error instanceof Error ? error.message : String(error));
      }
    }
  } finally {
    await waiting.end();
  }
}

class Waiting {
  private readonly log = new Logger('Service');
  private room: Promise<WaitingRoom> | undefined;
  private saidAtMs = Number.NEGATIVE_INFINITY;
  private openPort: number | undefined;

  constructor(private readonly configuration: Configuration) {}

  get port(): number {
    return this.openPort ?? this.configuration.http.port;
  }

  async forDatabase(): Promise<void> {
    const { uri } = this.configuration.mongodb;
    for (;;) {
      const asked = askDatabase(uri);
      const slow = sleep(OPEN_AFTER_MS, 'slow' as const);
      if (this.room === undefined && (await Promise.race([asked, slow])) === 'slow') await this.begin('no answer yet');
      const reason = await asked;
      (await this.room)?.says(reason === undefined ? 'up' : 'down');
      if (reason === undefined) {
        if (this.room !== undefined) this.log.log('MongoDB answers: building the service');
        return;
      }
      await this.begin(reason);
      await sleep(ASK_EVERY_MS);
    }
  }

  /** Opens the waiting room, unless it is open, and says now and then why. */
  async begin(reason: string): Promise<void> {
    this.room ??= WaitingRoom.open(this.configuration);
    const { port } = await this.room;
    this.openPort = port;
    if (performance.now() - this.saidAtMs < SAY_EVERY_MS) return;
    this.saidAtMs = performance.now();
    const { host } = this.configuration.http;
    this.log.warn(`listening on http://${host}:${port} for the probes alone: waiting for MongoDB (${reason})`);
  }

  async end(): Promise<void> {
    const room = await this.room?.catch(() => undefined);
    await room?.close();
  }
}
