import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Db } from 'mongodb';
import type { Connection } from 'mongoose';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { DatabaseGate } from './database-gate.js';
import { adviseOn, type IndexAdvice, type QueryAdvice, queryAdvice } from './index-advice.js';
import { type DeclaredIndexes, differencesOf, existingIndexes, type IndexDifference } from './index-check.js';
import { type CollectionIndexes, describeIndexes, type IndexUse, type KnownIndex, knownIndex } from './index-states.js';
import { DECLARED_INDEXES } from './index-verifier.js';
import { type MonitoredQuery, QueryMonitor } from './query-monitor.js';
import type { QueryNeeds } from './query-needs.js';
import { isCostly } from './query-plan.js';

/** The indexes of the database, and what is to be done about them. */
export interface IndexFindings {
  readonly collections: readonly CollectionIndexes[];
  readonly advice: readonly IndexAdvice[];
  /** Why nothing is known of how the indexes are used; undefined where it is. */
  readonly usesUnknown: string | undefined;
}

/** A dropped index shows within this. */
const LOOK_EVERY_MS = 20_000;
/** What was not asked for so long is not asked any more. */
const RECENT_MS = 3_600_000;

/**
 * Watches the indexes while the process runs, and the queries that want one. It changes nothing: what is missing may have
 * been dropped for a reason.
 */
@Injectable()
export class IndexReports implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('Indexes');
  private readonly db: Db;
  private readonly on: boolean;
  private readonly existing = new Map<string, readonly KnownIndex[]>();
  /** Since when the indexes of a collection are known to be as they are. */
  private readonly changedAt = new Map<string, Date>();
  private differences: readonly IndexDifference[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @InjectConnection() private readonly connection: Connection,
    @Inject(DECLARED_INDEXES) private readonly declared: readonly DeclaredIndexes[],
    @Inject(CONFIGURATION) { mongodb, metrics }: Configuration,
    private readonly gate: DatabaseGate,
    private readonly monitor: QueryMonitor,
  ) {
    this.db = connection.getClient().db(mongodb.database);
    this.on = metrics.enabled;
  }

  onModuleInit(): void {
    if (this.on) this.timer = setInterval(() => void this.lookIfPossible(), LOOK_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Declared indexes that the database did not have, or had otherwise, when it was last looked at. */
  get missing(): number {
    return this.differences.length;
  }

  /** Queries of the last hour that no index serves, as far as their plans were seen. */
  get scanning(): readonly MonitoredQuery[] {
    const since = Date.now() - RECENT_MS;
    return this.monitor.queries.filter(
      (query) =>
        query.plan !== undefined &&
        query.needs !== undefined &&
        query.lastSeen.getTime() >= since &&
        isCostly(query.plan) &&
        !this.isOver(query),
    );
  }

  /** What would serve a query. */
  adviceFor(needs: QueryNeeds): QueryAdvice {
    const { collection } = needs;
    return queryAdvice(needs, this.existing.get(collection) ?? [], this.declaredOf(collection));
  }

  /**
   * Looks at the database's indexes.
   * @throws {Unavailable} {@link Overloaded} {@link DeadlineExceeded}
   */
  async look(): Promise<void> {
    const collections = new Set([
      ...this.declared.map(({ collection }) => collection),
      ...this.scanning.map(({ needs, shape }) => needs?.collection ?? shape.collection),
    ]);
    const differences: IndexDifference[] = [];
    for (const collection of collections) differences.push(...(await this.lookAt(collection)));
    this.differences = differences;
  }

  /** Looks, and tells all that is found; the figures of use are those of the server that answers. */
  async findings(): Promise<IndexFindings> {
    await this.look();
    const names = new Set([...this.existing.keys(), ...(await this.collectionNames())]);
    const uses: Map<string, ReadonlyMap<string, IndexUse>> = new Map();
    let usesUnknown: string | undefined;
    for (const name of names) {
      if (!this.existing.has(name)) await this.lookAt(name);
      try {
        uses.set(name, await this.gate.read(() => this.usesOf(name)));
      } catch (error) {
        usesUnknown = error instanceof Error ? error.name : String(error);
      }
    }
    const collections = [...names].toSorted().map((collection) =>
      describeIndexes({
        collection,
        declared: this.declaredOf(collection),
        existing: this.existing.get(collection) ?? [],
        differences: this.differences.filter((difference) => difference.collection === collection),
        uses: uses.get(collection),
      }),
    );
    const wanting = this.scanning.flatMap((query) =>
      query.needs === undefined || query.plan === undefined
        ? []
        : [{ query, plan: query.plan, ...this.adviceFor(query.needs) }],
    );
    return { collections, advice: adviseOn(collections, this.differences, wanting), usesUnknown };
  }

  /** An index that serves it has been made since its plan was seen. */
  private isOver({ plan, needs }: MonitoredQuery): boolean {
    if (plan === undefined || needs === undefined) return true;
    const changedAt = this.changedAt.get(needs.collection);
    return changedAt !== undefined && plan.at < changedAt && this.adviceFor(needs).served;
  }

  private declaredOf(collection: string) {
    return this.declared.find((one) => one.collection === collection)?.indexes ?? [];
  }

  /** How the collection differs from what is declared. */
  private async lookAt(collection: string): Promise<readonly IndexDifference[]> {
    const found = await this.gate.read(() => existingIndexes(this.connection, collection));
    const indexes = found.map(knownIndex);
    if (JSON.stringify(this.existing.get(collection)) !== JSON.stringify(indexes)) {
      this.existing.set(collection, indexes);
      this.changedAt.set(collection, new Date());
      // Plans are others now.
      for (const query of this.monitor.queries) {
        if (query.shape.collection === collection || query.needs?.collection === collection) query.planDueMs = 0;
      }
    }
    return differencesOf({ collection, indexes: this.declaredOf(collection) }, found);
  }

  private async collectionNames(): Promise<readonly string[]> {
    const found = await this.gate.read(() => this.db.listCollections({ type: 'collection' }, NAMES).toArray());
    return found.map(({ name }) => name).filter((name) => !name.startsWith('system.'));
  }

  private async usesOf(collection: string): Promise<ReadonlyMap<string, IndexUse>> {
    const uses = new Map<string, IndexUse>();
    const found = this.db.collection(collection).aggregate([{ $indexStats: {} }]);
    for await (const { name, accesses } of found) {
      const known = uses.get(name);
      const since = new Date(accesses.since);
      uses.set(name, {
        uses: Number(accesses.ops) + (known?.uses ?? 0),
        since: known !== undefined && known.since < since ? known.since : since,
      });
    }
    return uses;
  }

  private async lookIfPossible(): Promise<void> {
    if (this.gate.dependency.state !== 'closed') return;
    await this.look().catch((error: unknown) => {
      this.log.debug(`the indexes could not be looked at: ${error instanceof Error ? error.name : String(error)}`);
    });
  }
}

const NAMES = { nameOnly: true } as const;
