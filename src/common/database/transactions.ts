import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { ClientSession } from 'mongodb';
import type { Connection } from 'mongoose';
import { Problem } from '../problems/problems.js';

@Injectable()
export class Transactions {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  /**
   * Runs the work in one transaction with snapshot reads and a majority commit. The work may run more
   * than once (the driver repeats it when it conflicts with another), so it must do nothing else.
   * @throws {Problem} `write-conflict` when it has conflicted with others for too long
   */
  run<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
    const begun = performance.now();
    return this.connection.getClient().withSession((session) =>
      session.withTransaction(
        () => {
          if (performance.now() - begun > REPEAT_FOR_MS) throw new Problem('write-conflict');
          return work(session);
        },
        { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' }, readPreference: 'primary' },
      ),
    );
  }
}

/** The driver itself would repeat for two minutes. */
const REPEAT_FOR_MS = 20_000;
