import { Injectable } from '@nestjs/common';
import type { IndexAdvice } from '../../../common/database/index-advice.js';
import { IndexReports } from '../../../common/database/index-reports.js';
import type { CollectionIndexes } from '../../../common/database/index-states.js';
import { Signals } from '../signals.service.js';
import { type ProcessIdentity, thisProcess } from '../this-process.js';

export interface IndexReport {
  /** Whose queries were seen; the indexes are the database's. */
  readonly process: ProcessIdentity;
  readonly collections: readonly CollectionIndexes[];
  /** What is to be done, the most urgent first. */
  readonly advice: readonly IndexAdvice[];
  /** Why nothing is known of how the indexes are used; null where it is. */
  readonly usesUnknown: string | null;
}

/** The database's indexes against those that are declared, and against the queries that are sent. */
@Injectable()
export class IndexesService {
  constructor(
    private readonly reports: IndexReports,
    signals: Signals,
  ) {
    signals.provide('missingIndexes', () => reports.missing);
    signals.provide('scanningQueries', () => reports.scanning.length);
  }

  /** @throws {Unavailable} {@link Overloaded} {@link DeadlineExceeded} */
  async report(): Promise<IndexReport> {
    const { usesUnknown = null, ...findings } = await this.reports.findings();
    return { process: thisProcess(), ...findings, usesUnknown };
  }
}
