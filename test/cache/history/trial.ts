import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Binary } from 'mongodb';
import { FaultProxy } from '../../faults/support/fault-proxy.js';
import { OwnRedis } from '../../support/own-redis.js';
import { type ScratchDatabase, scratchDatabase } from '../../support/scratch-database.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';
import type { Values, WorkerSettings, Workload } from './protocol.js';
import { keysOf, listsOf, type RegisterDocument } from './registers.js';
import type { Variant } from './variants.js';
import { Witness } from './witness.js';
import { WorkerProcess } from './worker-process.js';

export interface TrialOptions {
  readonly processes: number;
  readonly workload: Workload;
  /** Undefined: the service's cache. */
  readonly variant?: Variant;
}

/** Processes at work over one database and one Redis, and all that is known of what they did. */
export class Trial {
  readonly witness = new Witness();
  readonly stations: Station[] = [];
  private readonly servers: OwnRedis[] = [];
  private readonly links: FaultProxy[] = [];
  private readonly abandoning: Promise<unknown>[] = [];

  private constructor(
    readonly options: TrialOptions,
    private readonly database: ScratchDatabase,
    private readonly folder: TemporaryFolder,
  ) {}

  static async start(options: TrialOptions): Promise<Trial> {
    const trial = new Trial(options, await scratchDatabase(), new TemporaryFolder());
    try {
      await trial.fill();
      await trial.startRedis();
      for (let at = 0; at < options.processes; at += 1) await trial.startStation(`process ${at}`);
      return trial;
    } catch (error) {
      await trial.stop();
      throw error;
    }
  }

  /** The one that all processes use. */
  get redis(): OwnRedis {
    const [first] = this.servers;
    if (first === undefined) throw new Error('There is no Redis');
    return first;
  }

  /** Names the keys of the tags. */
  get namespace(): string {
    return this.database.name;
  }

  /** Another one; no process uses it before {@link useRedis}. */
  async startRedis(): Promise<OwnRedis> {
    const server = await OwnRedis.start(join(this.folder.path, `redis${this.servers.length}`));
    this.servers.push(server);
    return server;
  }

  /** One that copies what the other has, and the way between the two. */
  async startReplica(): Promise<{ readonly replica: OwnRedis; readonly link: FaultProxy }> {
    const link = await FaultProxy.to(this.redis.port);
    this.links.push(link);
    const replica = await this.startRedis();
    await replica.follow(link.port);
    return { replica, link };
  }

  /** All processes are led to this one. */
  useRedis(server: OwnRedis): void {
    this.servers.sort((a, b) => Number(b === server) - Number(a === server));
    for (const { link } of this.stations) link.leadTo(server.port);
  }

  work(): void {
    for (const { worker } of this.stations) worker.work();
  }

  commit(how: 'slowly' | 'quickly'): void {
    for (const { worker } of this.stations) worker.commit(how);
  }

  async rest(): Promise<void> {
    await Promise.all(this.stations.map(({ worker }) => worker.rest()));
  }

  async readAll(): Promise<void> {
    await Promise.all(this.stations.map(({ worker }) => worker.readAll()));
  }

  async inDatabase(): Promise<Values> {
    const found = await this.database.connection.collection<RegisterDocument>('registers').find().toArray();
    return found.map(({ _id, version }) => [_id, version]);
  }

  /** Kills the process of the station and starts another in its place. @returns how many writes it was at */
  async replaceWorker(station: Station): Promise<number> {
    const unknown = await station.worker.kill();
    await this.abandon(station.worker);
    station.worker = await this.startWorker(station.name, station.link);
    station.worker.work();
    return unknown;
  }

  /** Ends all that was started, also what was frozen. */
  async stop(): Promise<void> {
    this.witness.close();
    await Promise.all(this.stations.map(({ worker }) => worker.kill()));
    for (const link of this.links) link.close();
    await Promise.all(this.servers.map((server) => server.stop()));
    for (const { worker } of this.stations) await this.abandon(worker);
    await Promise.all(this.abandoning);
    await this.database.drop();
    this.folder.remove();
  }

  /**
   * Without that, what a killed process was writing stays locked for a minute. The server may come only later to what
   * the process sent last, and begin a transaction again that nobody will end; it says nothing of that.
   */
  private async abandon({ sessions }: WorkerProcess): Promise<void> {
    if (sessions.length === 0) return;
    const ids = sessions.map((hex) => ({ id: new Binary(Buffer.from(hex, 'hex'), Binary.SUBTYPE_UUID) }));
    const killSessions = () => this.database.connection.getClient().db().command({ killSessions: ids });
    await killSessions();
    this.abandoning.push(sleep(SENT_BEFORE_DEATH_MS).then(killSessions));
  }

  private async fill(): Promise<void> {
    const { workload } = this.options;
    const documents = listsOf(workload).flatMap((list) =>
      keysOf(list, workload).map((_id): RegisterDocument => ({ _id, list, version: 1 })),
    );
    const registers = this.database.connection.collection<RegisterDocument>('registers');
    await registers.insertMany(documents, { writeConcern: { w: 'majority' } });
    await registers.createIndex({ list: 1 });
  }

  private async startStation(name: string): Promise<void> {
    const link = await FaultProxy.to(this.redis.port);
    this.links.push(link);
    this.stations.push({ name, link, worker: await this.startWorker(name, link) });
  }

  private startWorker(name: string, { port: redisPort }: FaultProxy): Promise<WorkerProcess> {
    const { workload, variant } = this.options;
    const mongodbUri = process.env['TEST_MONGODB_URI'] ?? '';
    const settings: WorkerSettings = { mongodbUri, database: this.database.name, redisPort, workload, variant };
    return WorkerProcess.start(settings, (report) => this.witness.hear(name, report));
  }
}

const SENT_BEFORE_DEATH_MS = 500;

/** A process and its way to Redis. */
export interface Station {
  readonly name: string;
  readonly link: FaultProxy;
  worker: WorkerProcess;
}
