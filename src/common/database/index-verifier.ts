import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { compareIndexes, createIndexes, type DeclaredIndexes } from './index-check.js';

/** Injection token of what the collections must have. */
export const DECLARED_INDEXES = Symbol('DeclaredIndexes');

/** Stops the start of a process whose queries would scan. */
export class MissingIndexesError extends Error {}

@Injectable()
export class IndexVerifier implements OnModuleInit {
  private readonly log = new Logger(IndexVerifier.name);

  constructor(
    @InjectConnection() private readonly connection: Connection,
    @Inject(DECLARED_INDEXES) private readonly declared: readonly DeclaredIndexes[],
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  /**
   * Outside of production, creates what is missing; everywhere, makes sure that nothing is.
   * @throws {MissingIndexesError} that lists them
   */
  async onModuleInit(): Promise<void> {
    if (!this.configuration.production) {
      await createIndexes(this.connection, this.declared, ({ collection, index }) =>
        this.log.debug(`creating ${collection}.${index.name}`),
      );
    }
    const differences = await compareIndexes(this.connection, this.declared);
    if (differences.length === 0) return;
    const lines = differences.map(({ collection, index, problem }) => `  - ${collection}.${index.name} is ${problem}`);
    throw new MissingIndexesError(`Indexes are not as declared; run npm run indexes:sync:\n${lines.join('\n')}`);
  }
}
