import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** The commands as they are shipped: built by the project's compiler into a folder of their own. */
export class CompiledCli {
  private readonly folder = mkdtempSync(join(tmpdir(), 'enterprise-service-cli-'));

  constructor() {
    symlinkSync(resolve('node_modules'), join(this.folder, 'node_modules'));
    writeFileSync(join(this.folder, 'package.json'), '{ "type": "module" }');
    const swc = resolve('node_modules/@swc/cli/bin/swc.js');
    const options = ['--strip-leading-paths', '--ignore', '**/*.spec.ts', '--quiet'];
    execFileSync(process.execPath, [swc, 'src', '--out-dir', join(this.folder, 'dist'), ...options]);
  }

  /** Starts `dist/cli/<name>.js` on the servers of the run, in the given database. */
  start(
    name: string,
    database: string,
    args: readonly string[],
    variables: Readonly<Record<string, string | undefined>> = {},
  ): RunningCommand {
    const child = spawn(process.execPath, [join(this.folder, 'dist/cli', `${name}.js`), ...args], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'test',
        MONGODB_URI: process.env['TEST_MONGODB_URI'],
        REDIS_URL: process.env['TEST_REDIS_URL'],
        MONGODB_DATABASE: database,
        ...variables,
      },
    });
    const closed = new Promise<Pick<Finished, 'code' | 'signal'>>((done, fail) => {
      child.once('error', fail).once('close', (code, signal) => done({ code, signal }));
    });
    const finished = Promise.all([closed, text(child.stdout), text(child.stderr)]).then(
      ([{ code, signal }, stdout, stderr]) => ({ code, signal, stdout, stderr }),
    );
    return { child, finished };
  }

  run(name: string, database: string, ...args: readonly string[]): Promise<Finished> {
    return this.start(name, database, args).finished;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
