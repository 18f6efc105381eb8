import { rmSync } from 'node:fs';
import { MongoClient } from 'mongodb';
import { workingOnPath } from '../../../src/embedded/executables.js';
import { type LaunchedServer, launch, type Place } from '../../../src/embedded/launch.js';
import { downloadedMongod } from '../../../src/embedded/mongod-download.js';
import { plansLikeMongod } from '../../../src/embedded/query-plans.js';
import { builtSecantus } from '../../../src/embedded/secantus-cargo.js';
import { startMongod } from '../../../src/embedded/start-mongod.js';
import { installedWheel, secantusWheel } from '../../../src/embedded/wheel-server.js';

/**
 * A MongoDB of the test's own, to be stopped, killed and started again with its data or without. Its port may be another
 * one after a start: who shall find it again goes through a proxy.
 */
export class OwnMongodb {
  private frozen = false;

  private constructor(
    private readonly folder: string,
    private server: LaunchedServer,
  ) {}

  /** @param folder an empty one, for its data */
  static async start(folder: string): Promise<OwnMongodb> {
    return new OwnMongodb(folder, await startServer(folder));
  }

  get port(): number {
    return Number(new URL(this.server.uri).port);
  }

  get uri(): string {
    return uriAt(this.port);
  }

  /** It exists, and does nothing; what is sent to it waits. */
  freeze(): void {
    this.frozen = true;
    process.kill(this.server.pid, 'SIGSTOP');
  }

  thaw(): void {
    this.frozen = false;
    process.kill(this.server.pid, 'SIGCONT');
  }

  async kill(): Promise<void> {
    process.kill(this.server.pid, 'SIGKILL');
    await this.server.stop();
  }

  /** After a {@link kill}. @param data `kept`: all that it had acknowledged */
  async startAgain(data: 'kept' | 'none' = 'kept'): Promise<void> {
    if (data === 'none') rmSync(this.folder, { recursive: true, force: true });
    this.server = await startServer(this.folder);
    this.frozen = false;
  }

  /** Looks into it from outside, past every proxy. */
  async with<T>(look: (client: MongoClient) => Promise<T>): Promise<T> {
    const client = await new MongoClient(this.uri).connect();
    return look(client).finally(() => client.close());
  }

  async stop(): Promise<void> {
    if (this.frozen) this.thaw();
    await this.server.stop();
  }
}

/** The address of a MongoDB behind this port, which may be a proxy's. */
export const uriAt = (port: number): string => `mongodb://127.0.0.1:${port}/?directConnection=true`;

async function startServer(dataDir: string): Promise<LaunchedServer> {
  const place = { dataDir, log: () => undefined, onSpawn: () => undefined };
  const mongod = (await workingOnPath('mongod')) ?? (await downloadedMongod());
  const server = mongod === undefined ? await startDurable(place) : await startMongod(mongod, place);
  server.unref();
  return server;
}

/** SecantusDB acknowledges what it would lose with its process, unless it is told to wait for the disk, as mongod does. */
async function startDurable(place: Place): Promise<LaunchedServer> {
  const command = (await builtSecantus()) ?? (await installedWheel(secantusWheel));
  if (command === undefined) throw new Error('No MongoDB can be started here');
  return launch(place, {
    command,
    engine: 'secantus',
    args: (data) => [
      ...['--host', '127.0.0.1', '--port', '0', '--storage-path', data, '--sync-on-commit'],
      ...['--cache-size', '256M', '--log-level', 'WARNING', '--log-file-max', '16MB'],
    ],
    address: async (child) => {
      const port = /listening on 127\.0\.0\.1:(\d+)/.exec(child.output())?.[1];
      if (port === undefined) return undefined;
      await plansLikeMongod(uriAt(Number(port)));
      return uriAt(Number(port));
    },
  });
}
