import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.js';
import { onPath, works } from './executables.js';
import { installOnce } from './install-once.js';
import { runInstaller } from './run-installer.js';
import { stopwatch } from './stopwatch.js';

/** The first version whose planner uses the indexes that mongod uses. */
export const secantusVersion = '0.5.3-beta.196';

const buildTools = ['cargo', 'cmake', 'cc'];

/** The server that an earlier run has built. */
export async function builtSecantus(): Promise<string | undefined> {
  const binary = binaryIn(builtFolder());
  return (await works(binary)) ? binary : undefined;
}

/** Builds the server from crates.io, once for all clones on this machine. */
export async function buildSecantus(log: (line: string) => void): Promise<string | undefined> {
  const missing = buildTools.filter((tool) => !onPath(tool));
  if (missing.length > 0) {
    log(`MongoDB: can't build secantusd-rs ${secantusVersion} here: no ${missing.join(', no ')} on PATH`);
    return undefined;
  }
  const elapsed = stopwatch();
  const folder = await installOnce({
    folder: builtFolder(),
    isGood: (candidate) => works(binaryIn(candidate)),
    install: (empty) => cargoInstall(empty, log),
    onWait: () => log('MongoDB: another process is building secantusd-rs; waiting for it'),
  });
  log(`MongoDB: secantusd-rs is built and kept in ${folder} (${elapsed()})`);
  return binaryIn(folder);
}

async function cargoInstall(folder: string, log: (line: string) => void): Promise<void> {
  log(`MongoDB: building secantusd-rs ${secantusVersion} with cargo, once; it takes about 5 minutes`);
  const target = join(folder, 'target'); // inside, so that what an interrupted build leaves is found and swept
  await runInstaller({
    command: onPath('cargo') ?? 'cargo',
    args: [
      'install',
      'secantus-mdb',
      '--version',
      secantusVersion,
      '--locked',
      '--ignore-rust-version',
      '--root',
      folder,
    ],
    folder,
    env: { ...process.env, CARGO_TARGET_DIR: target },
    heartbeat: (time) => log(`MongoDB: still building secantusd-rs (${time})`),
  });
  if (existsSync(target)) await rm(target, { recursive: true });
}

function builtFolder(): string {
  return join(cacheFolder(), `secantus-mdb-${secantusVersion}`);
}

function binaryIn(folder: string): string {
  return join(folder, 'bin', 'secantusd-rs');
}
