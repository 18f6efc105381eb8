import { join } from 'node:path';
import { OwnRedis } from '../../support/own-redis.js';
import { CompiledService } from '../../support/processes.js';
import { settledRedis } from '../../support/settled-redis.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';
import { untilAnswer } from '../../support/until.js';
import { FaultProxy } from './fault-proxy.js';
import { OwnMongodb, uriAt } from './own-mongodb.js';
import { ServiceProcess } from './service-process.js';

/** A service with servers of its own, each behind a proxy on which things can go wrong. */
export class House {
  private readonly compiled = new CompiledService();
  private readonly services: ServiceProcess[] = [];

  private constructor(
    private readonly folder: TemporaryFolder,
    readonly mongodb: OwnMongodb,
    readonly redis: OwnRedis,
    readonly toMongodb: FaultProxy,
    readonly toRedis: FaultProxy,
  ) {}

  /** The database of its processes. */
  readonly database = 'faults';

  static async build(variables: Readonly<Record<string, string>> = {}): Promise<House> {
    const folder = new TemporaryFolder();
    const mongodb = await OwnMongodb.start(join(folder.path, 'mongodb'));
    const redis = await OwnRedis.start(join(folder.path, 'redis'));
    const house = new House(folder, mongodb, redis, await FaultProxy.to(mongodb.port), await FaultProxy.to(redis.port));
    await house.open(variables);
    await settledRedis(`redis://127.0.0.1:${redis.port}`);
    return house;
  }

  /** The first process. */
  get service(): ServiceProcess {
    const [first] = this.services;
    if (first === undefined) throw new Error('There is no service');
    return first;
  }

  /** Starts a process, beside those that there are. */
  async open(variables: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
    const service = await ServiceProcess.start(this.compiled, {
      MONGODB_URI: uriAt(this.toMongodb.port),
      REDIS_URL: `redis://127.0.0.1:${this.toRedis.port}`,
      MONGODB_DATABASE: this.database,
      DEADLINE_MS: '10000',
      ...variables,
    });
    this.services.push(service);
    return service;
  }

  /** All goes well again. */
  recover(): void {
    this.toMongodb.restore();
    this.toRedis.restore();
  }

  /** As {@link recover}, and waits until the first process trusts both servers again. */
  async recovered(): Promise<void> {
    this.recover();
    await this.service.untilReady();
    const ask = () => this.service.api.get<Report>('/performance/circuit-breakers');
    await untilAnswer(ask, ({ body }) => body.breakers.every(({ state }) => state === 'closed'));
  }

  async tearDown(): Promise<void> {
    this.recover();
    await Promise.all(this.services.map((service) => service.stop()));
    for (const proxy of [this.toMongodb, this.toRedis]) proxy.close();
    await Promise.all([this.mongodb.stop(), this.redis.stop()]);
    this.compiled.remove();
    this.folder.remove();
  }
}

interface Report {
  readonly breakers: readonly { readonly state: string }[];
}
