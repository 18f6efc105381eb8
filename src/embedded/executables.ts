import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** The first executable file of that name on PATH. */
export function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(isAbsolute);
  return folders.map((folder) => join(folder, name)).find(isExecutableFile);
}

/** The program on PATH, if it also works: a shim or a file for another machine doesn't count. */
export async function workingOnPath(name: string): Promise<string | undefined> {
  const program = onPath(name);
  return program !== undefined && (await works(program)) ? program : undefined;
}

/** Whether the program starts at all here: a half-written file or one for another processor or C library doesn't. */
export function works(program: string, args: readonly string[] = ['--version']): Promise<boolean> {
  if (!isExecutableFile(program)) return Promise.resolve(false);
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 10_000 }, (error) => resolve(error === null));
  });
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
