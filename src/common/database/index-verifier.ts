import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { ServerDescriptionChangedEvent } from 'mongodb';
import type { Connection } from 'mongoose';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { traceJob } from '../observability/spans.js';
import { compareIndexes, createIndexes, type DeclaredIndexes } from './index-check.js';

/** Injection token of what the collections must have. */
export const DECLARED_INDEXES = Symbol('DeclaredIndexes');

/** Stops the start of a process whose queries would scan. */
export class MissingIndexesError extends Error {}

@Injectable()
export class IndexVerifier implements OnModuleInit, OnApplicationShutdown {
  private isVerified = false;
  private readonly log = new Logger(IndexVerifier.name);

  constructor(
    @InjectConnection() private readonly connection: Connection,
    @Inject(DECLARED_INDEXES) private readonly declared: readonly DeclaredIndexes[],
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  /** Whether all collections were last seen to have their indexes. */
  get verified(): boolean {
    return this.isVerified;
  }

  /**
   * Outside of production, creates what is missing; everywhere, makes sure that nothing is.
   * @throws {MissingIndexesError} that lists them
   */
  async onModuleInit(): Promise<void> {
    await traceJob('indexes.verify', () => this.verify());
    this.connection.getClient().on('serverDescriptionChanged', this.verifyAgain);
  }

  onApplicationShutdown(): void {
    this.connection.getClient().off('serverDescriptionChanged', this.verifyAgain);
  }

  /** A database that was away may be back as another one: restored, or empty. */
  private readonly verifyAgain = ({ previousDescription, newDescription }: ServerDescriptionChangedEvent): void => {
    if (previousDescription.type !== 'Unknown' || newDescription.type === 'Unknown') return;
    traceJob('indexes.verify', () => this.verify()).catch((error: unknown) =>
      this.log.error(error instanceof Error ? error.message : error),
    );
  };

  private async verify(): Promise<void> {
    if (!this.configuration.production) {
      await createIndexes(this.connection, this.declared, ({ collection, index }) =>
        this.log.debug(`creating ${collection}.${index.name}`),
      );
    }
    const differences = await compareIndexes(this.connection, this.declared);
    this.isVerified = differences.length === 0;
    if (this.isVerified) return;
    const lines = differences.map(({ collection, index, problem }) => `  - ${collection}.${index.name} is ${problem}`);
    throw new MissingIndexesError(`Indexes are not as declared; run npm run indexes:sync:\n${lines.join('\n')}`);
  }
}
