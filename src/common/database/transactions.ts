import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { ClientSession } from 'mongodb';
import type { Connection } from 'mongoose';

@Injectable()
export class Transactions {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  /**
   * Runs the work in one transaction with snapshot reads and a majority commit. The work may run more
   * than once (the driver repeats it when it conflicts with another), so it must do nothing else.
   */
  run<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
    return this.connection.getClient().withSession((session) =>
      session.withTransaction(() => work(session), {
        readConcern: { level: 'snapshot' },
        writeConcern: { w: 'majority' },
        readPreference: 'primary',
        timeoutMS: 20_000,
      }),
    );
  }
}
