import { randomBytes } from 'node:crypto';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { getConnectionToken, MongooseModule } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { CursorCodec } from '../lists/cursor.js';
import { CacheRefs } from '../resource/cache-refs.js';
import { AuditLog } from './audit-log.js';
import { CachedReads } from './cached-reads.js';
import { CapturedCommands } from './captured-commands.js';
import { ChangeFollowing, FOLLOWED_KINDS } from './change-following.js';
import type { FollowedKind } from './change-tags.js';
import { CoherenceSampler } from './coherence-sampler.js';
import { DatabaseGate } from './database-gate.js';
import type { DeclaredIndexes } from './index-check.js';
import { IndexReports } from './index-reports.js';
import { DECLARED_INDEXES, IndexVerifier } from './index-verifier.js';
import { PlanExplainer } from './plan-explainer.js';
import { PoolWatch } from './pool-watch.js';
import { QueryMonitor } from './query-monitor.js';
import { RepositoryTools } from './resource-repository.js';
import { sharedSecret } from './shared-secret.js';
import { TouchedTags } from './touched-tags.js';
import { TracedCommands } from './traced-commands.js';
import { Transactions } from './transactions.js';

@Global()
@Module({
  imports: [
    MongooseModule.forRootAsync({
      inject: [CONFIGURATION],
      useFactory: ({ mongodb }: Configuration) => ({
        uri: mongodb.uri,
        dbName: mongodb.database,
        maxPoolSize: mongodb.maxPoolSize,
        minPoolSize: mongodb.minPoolSize,
        maxIdleTimeMS: mongodb.maxIdleTimeMs,
        serverSelectionTimeoutMS: 5_000,
        // A server that hangs is noticed by its heartbeat, which then ends what waits for it.
        heartbeatFrequencyMS: 2_000,
        connectTimeoutMS: 3_000,
        waitQueueTimeoutMS: 5_000,
        // DatabaseGate tries again, under a budget.
        retryReads: false,
        retryAttempts: 0,
        writeConcern: { w: 'majority' },
        readConcern: { level: 'majority' },
        appName: 'enterprise-service',
      }),
    }),
  ],
  providers: [
    Transactions,
    AuditLog,
    RepositoryTools,
    TouchedTags,
    CacheRefs,
    CoherenceSampler,
    CachedReads,
    DatabaseGate,
    QueryMonitor,
    PlanExplainer,
    CapturedCommands,
    PoolWatch,
    TracedCommands,
    {
      provide: CursorCodec,
      inject: [getConnectionToken(), CONFIGURATION],
      useFactory: async (connection: Connection, { lists }: Configuration) =>
        new CursorCodec(
          lists.cursorSecret ?? (await sharedSecret(connection, 'cursor', () => randomBytes(32).toString('base64url'))),
          lists.cursorTtlSeconds,
        ),
    },
  ],
  exports: [
    Transactions,
    RepositoryTools,
    CacheRefs,
    CachedReads,
    DatabaseGate,
    QueryMonitor,
    PoolWatch,
    PlanExplainer,
    CapturedCommands,
  ],
})
export class DatabaseModule {
  /**
   * @param indexes what the collections must have
   * @param followed whose writes from outside are followed, where that is wanted
   */
  static with(indexes: readonly DeclaredIndexes[], followed: readonly FollowedKind[]): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [
        IndexVerifier,
        IndexReports,
        { provide: DECLARED_INDEXES, useValue: indexes },
        ChangeFollowing,
        { provide: FOLLOWED_KINDS, useValue: followed },
      ],
      exports: [IndexVerifier, IndexReports],
    };
  }
}
