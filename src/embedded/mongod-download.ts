import { globSync } from 'node:fs';
import { join } from 'node:path';
import { isNativeError } from 'node:util/types';
import { cacheFolder } from './cache-folder.js';
import { messageOf } from './errors.js';
import { works } from './executables.js';
import { installOnce } from './install-once.js';
import { stopwatch } from './stopwatch.js';

const reachTimeoutMs = 4_000;

/** The mongod that an earlier run has downloaded. */
export function downloadedMongod(): Promise<string | undefined> {
  return mongodIn(downloadFolder());
}

/** Downloads a real mongod by mongodb-memory-server. Where the download is refused or goes nowhere, says so in seconds. */
export async function downloadMongod(log: (line: string) => void): Promise<string | undefined> {
  const library = await loadLibrary();
  const options = await library.options();
  const url = await library.url(options);
  const refusal = await whyUnreachable(url);
  if (refusal !== undefined) {
    log(`MongoDB: a real mongod can't be downloaded here (${refusal})`);
    return undefined;
  }
  const elapsed = stopwatch();
  const folder = await installOnce({
    folder: downloadFolder(),
    isGood: async (candidate) => (await mongodIn(candidate)) !== undefined,
    install: (empty) => {
      log(`MongoDB: downloading mongod ${options.version}; about 100 MB`);
      return library.download({ ...options, downloadDir: empty });
    },
    onWait: () => log('MongoDB: another process is downloading mongod; waiting for it'),
  });
  log(`MongoDB: mongod is downloaded to ${folder} (${elapsed()})`);
  return mongodIn(folder);
}

/** Its own client waits a minute for a network that swallows packets, so we knock first. */
async function whyUnreachable(url: string): Promise<string | undefined> {
  const viaProxy = ['https_proxy', 'http_proxy'].some((name) => process.env[name] ?? process.env[name.toUpperCase()]);
  if (viaProxy) return undefined; // the library knows proxies, fetch doesn't
  try {
    const answer = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(reachTimeoutMs) });
    return answer.ok ? undefined : `the server answers ${answer.status}`;
  } catch (error) {
    // fetch says only that it failed; the reason is inside
    return messageOf(isNativeError(error) ? (error.cause ?? error) : error);
  }
}

async function mongodIn(folder: string): Promise<string | undefined> {
  for (const name of globSync('mongod-*', { cwd: folder, exclude: (file) => file.endsWith('.md5') })) {
    const path = join(folder, name);
    if (await works(path)) return path;
  }
  return undefined;
}

/** Loaded only when it is needed: it is a development dependency, and a large one. */
async function loadLibrary() {
  const { DryMongoBinary, MongoBinary } = await import('mongodb-memory-server-core');
  const { MongoBinaryDownloadUrl } = await import('mongodb-memory-server-core/lib/util/MongoBinaryDownloadUrl.js');
  const { ResolveConfigVariables, setDefaultValue } = await import(
    'mongodb-memory-server-core/lib/util/resolveConfig.js'
  );
  setDefaultValue(ResolveConfigVariables.MAX_RETRIES, '1');
  return {
    options: async () => ({
      ...(await DryMongoBinary.generateOptions({ downloadDir: downloadFolder() })),
      checkMD5: true,
    }),
    url: (options: ConstructorParameters<typeof MongoBinaryDownloadUrl>[0]) =>
      new MongoBinaryDownloadUrl(options).getDownloadUrl(),
    download: async (options: Parameters<typeof MongoBinary.download>[0]) => {
      // Unless npm says so, the library accepts any certificate, and we are about to run what it fetches.
      process.env.npm_config_strict_ssl ??= 'true';
      await MongoBinary.download(options);
    },
  };
}

function downloadFolder(): string {
  return join(cacheFolder(), 'mongod');
}
