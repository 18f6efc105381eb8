import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Redis } from 'ioredis';
import type { Connection } from 'mongoose';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { Cache } from '../cache/create-cache.js';
import { Lease } from '../cache/lease.js';
import { ChangeFollower } from './change-follower.js';
import { ChangeTags, type FollowedKind } from './change-tags.js';
import { ResumeTokens } from './resume-tokens.js';

/** Injection token of whose writes from outside are followed. */
export const FOLLOWED_KINDS = Symbol('FollowedKinds');

/** This process's part in following what is written past the service, where the configuration wants that. */
@Injectable()
export class ChangeFollowing implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly follower: ChangeFollower | undefined;

  constructor(
    @InjectConnection() connection: Connection,
    redis: Redis,
    { service }: Cache,
    @Inject(CONFIGURATION) { cache, mongodb }: Configuration,
    @Inject(FOLLOWED_KINDS) kinds: readonly FollowedKind[],
  ) {
    if (!cache.followChanges) return;
    this.follower = new ChangeFollower({
      db: connection.getClient().db(connection.name),
      tags: new ChangeTags(kinds),
      cache: service,
      lease: new Lease(redis, `${mongodb.database}:changes:leader`),
      tokens: new ResumeTokens(redis, `${mongodb.database}:changes:token`),
      log: new Logger(ChangeFollower.name),
    });
  }

  /** Whether this process follows the changes for all. */
  get leads(): boolean {
    return this.follower?.leads === true;
  }

  onApplicationBootstrap(): void {
    this.follower?.start();
  }

  /** Before anything that it needs is closed. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.follower?.stop();
  }
}
