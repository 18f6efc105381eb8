import { Inject, Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';

/** The connections of this process to MongoDB. */
export interface PoolState {
  /** Open or being opened now, of the most that there may be. */
  readonly size: number;
  readonly max: number;
  readonly available: number;
  readonly inUse: number;
  /** Operations that wait for a connection. */
  readonly waiting: number;
}

/** What the driver's pools say of themselves; each server of a replica set has one. */
interface DriverPool {
  readonly totalConnectionCount: number;
  readonly availableConnectionCount: number;
  readonly currentCheckedOutCount: number;
  readonly waitQueueSize: number;
}

/** What the driver keeps to itself of a client; no topology until it has connected. */
interface Connected {
  readonly topology: { readonly s: { readonly servers: ReadonlyMap<string, { readonly pool: DriverPool }> } };
}

/**
 * The state of the driver's pools. Read where the driver keeps it: its events tell only of what happens after somebody
 * listens, which is too late for the connections that it opens first.
 */
@Injectable()
export class PoolWatch {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  get state(): PoolState {
    const client = this.connection.getClient();
    const pools = isConnected(client) ? [...client.topology.s.servers.values()].map(({ pool }) => pool) : [];
    const sum = (figure: keyof DriverPool) => pools.reduce((total, pool) => total + pool[figure], 0);
    return {
      size: sum('totalConnectionCount'),
      max: this.configuration.mongodb.maxPoolSize * Math.max(1, pools.length),
      available: sum('availableConnectionCount'),
      inUse: sum('currentCheckedOutCount'),
      waiting: sum('waitQueueSize'),
    };
  }
}

const isConnected = (client: object): client is Connected => 'topology' in client && client.topology !== undefined;
