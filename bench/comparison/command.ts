import { execFile } from 'node:child_process';

/** Runs a command in a folder. @returns what it prints @throws with what it says on its standard error, when it fails */
export function command(
  file: string,
  args: readonly string[],
  { cwd = '.', signal }: { readonly cwd?: string; readonly signal?: AbortSignal } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { cwd, maxBuffer: 64 << 20, ...(signal && { signal }) }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (error.code === 'ENOENT') reject(new Error(`${file} is not installed, or ${cwd} is not there`));
      else if (signal?.aborted) reject(signal.reason);
      else reject(new Error(`${[file, ...args].join(' ')} failed: ${stderr.trim() || error.message}`));
    });
  });
}
