import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort } from '../../src/embedded/free-port.js';
import { GuardedProcess } from '../../src/embedded/guarded-process.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { untilAnswer } from '../support/until.js';

/** A Prometheus of the test's own, with the configuration of deploy/, that scrapes each half second. */
export class OwnPrometheus {
  private constructor(
    private readonly child: GuardedProcess,
    private readonly folder: TemporaryFolder,
    private readonly url: string,
  ) {}

  /** @param target host and port of the service */
  static async start(target: string, key: string): Promise<OwnPrometheus> {
    const folder = new TemporaryFolder();
    writeConfiguration(folder.path, key, (text) =>
      text.replace('127.0.0.1:3017', target).replace('scrape_interval: 15s', 'scrape_interval: 500ms'),
    );
    const port = await freePort();
    const child = await GuardedProcess.start({
      command: 'prometheus',
      args: [
        '--config.file=prometheus.yml',
        `--storage.tsdb.path=${join(folder.path, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--enable-feature=exemplar-storage',
      ],
      logFile: join(folder.path, 'prometheus.log'),
      cwd: folder.path,
    });
    const prometheus = new OwnPrometheus(child, folder, `http://127.0.0.1:${port}`);
    await untilAnswer(
      () =>
        fetch(`${prometheus.url}/-/ready`).then(
          ({ status }) => status,
          () => (child.hasEnded ? Promise.reject(new Error(`Prometheus has ended: ${child.output()}`)) : 0),
        ),
      (status) => status === 200,
    );
    return prometheus;
  }

  /** @throws with what it says, where it doesn't understand */
  async ask<T>(path: string, query: Readonly<Record<string, string>> = {}): Promise<T> {
    const answer = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(query)}`);
    const body = (await answer.json()) as { readonly status: string; readonly data: T; readonly error?: string };
    if (body.status !== 'success') throw new Error(`${JSON.stringify(query)}: ${body.error}`);
    return body.data;
  }

  async stop(): Promise<void> {
    await this.child.stop();
    this.folder.remove();
  }
}

/** Puts deploy/prometheus into the folder, with the key that it wants. */
export function writeConfiguration(folder: string, key: string, change = (text: string) => text): void {
  const deployed = resolve('deploy/prometheus');
  cpSync(deployed, folder, { recursive: true });
  writeFileSync(join(folder, 'prometheus.yml'), change(readFileSync(join(deployed, 'prometheus.yml'), 'utf8')));
  writeFileSync(join(folder, 'ops-key'), key);
}
