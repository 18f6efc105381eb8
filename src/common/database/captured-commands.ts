import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { type CommandEnded, type DriverCommand, observeCommands } from './driver-commands.js';
import { shapeOf } from './query-shape.js';

/** A query that was sent, with its values. */
export interface CapturedCommand extends DriverCommand {
  /** How long it took; undefined while it is under way. */
  ms: number | undefined;
}

/** Catches the queries that a piece of work sends, and nobody else's. Costs nothing while nothing is caught. */
@Injectable()
export class CapturedCommands {
  private readonly storage = new AsyncLocalStorage<CapturedCommand[]>();
  private captures = 0;
  private stop: () => void = () => undefined;

  constructor(@InjectConnection() private readonly connection: Connection) {}

  /** What the work comes to, and the queries that were sent for it, in order. */
  async during<T>(
    work: () => Promise<T>,
  ): Promise<{ readonly result: T; readonly commands: readonly CapturedCommand[] }> {
    const commands: CapturedCommand[] = [];
    this.captures += 1;
    if (this.captures === 1) this.stop = observeCommands(this.connection.getClient(), (sent) => this.sent(sent));
    try {
      return { result: await this.storage.run(commands, work), commands };
    } finally {
      this.captures -= 1;
      if (this.captures === 0) this.stop();
    }
  }

  private sent(sent: DriverCommand): CommandEnded | undefined {
    const commands = this.storage.getStore();
    if (commands === undefined || shapeOf(sent) === undefined) return undefined;
    const captured: CapturedCommand = { ...sent, ms: undefined };
    commands.push(captured);
    return (ms) => {
      captured.ms = ms;
    };
  }
}
