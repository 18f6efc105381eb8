import { cp, lstat, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { command } from './command.js';

/** Two built trees, each in a folder of its own. */
export interface Trees {
  readonly base: string;
  readonly head: string;
  /** The commit of the base, and that under the head; `+` after it stands for changes. */
  readonly baseCommit: string;
  readonly headCommit: string;
  remove(): Promise<void>;
}

/**
 * Builds the commit that the ref names and the working tree as it is, changes and new files included. Both are built from
 * copies in a temporary folder, so that whoever goes on working, or builds again, doesn't change what is measured.
 * @throws in plain words when there is no git, no repository or no such ref; nothing is left behind then
 */
export async function builtTrees(ref: string, tell: (line: string) => void, signal: AbortSignal): Promise<Trees> {
  const baseCommit = await commitOf(ref);
  const headCommit = `${await commitOf('HEAD')}${(await git('status', '--porcelain')) === '' ? '' : '+'}`;
  const folder = await mkdtemp(join(tmpdir(), 'bench-compare-'));
  const [base, head] = [join(folder, 'base'), join(folder, 'head')];
  const remove = async () => {
    await git('worktree', 'remove', '--force', '--force', base).catch(() => undefined); // may not be there yet
    await rm(folder, { recursive: true, force: true });
    await git('worktree', 'prune');
  };
  try {
    await git('worktree', 'add', '--detach', base, baseCommit);
    await copyWorkingTree(head);
    for (const [name, tree] of Object.entries({ [ref]: base, 'the working tree': head })) {
      signal.throwIfAborted();
      await installed(name, tree, tell, signal);
      tell(`Building ${name}`);
      await command('npm', ['run', '--silent', 'build'], { cwd: tree, signal });
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return { base, head, baseCommit, headCommit, remove };
}

async function commitOf(ref: string): Promise<string> {
  await git('rev-parse', '--git-dir').catch((error: unknown) => {
    throw new Error(`The comparison needs git and a repository to find ${ref} in. ${messageOf(error)}`);
  });
  const commit = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`).catch(() => {
    throw new Error(`${ref} is no commit, branch or tag of this repository`);
  });
  return commit.slice(0, 12);
}

/** What git knows of, and what is new to it; what it ignores stays out. */
async function copyWorkingTree(folder: string): Promise<void> {
  const listed = await git('ls-files', '-z', '--cached', '--others', '--exclude-standard');
  // A link to node_modules isn't ignored as the folder is.
  for (const file of new Set(listed.split('\0').filter((name) => name !== '' && name !== 'node_modules'))) {
    const removed = await lstat(file).then(
      () => false,
      () => true,
    );
    if (removed) continue;
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(file, join(folder, file), { verbatimSymlinks: true });
  }
}

/** Links what is installed here if it is what the tree asks for; else installs it there. */
async function installed(name: string, tree: string, tell: (line: string) => void, signal: AbortSignal): Promise<void> {
  const [theirs, ours] = await Promise.all([tree, '.'].map(needed));
  if (theirs === ours) return symlink(resolve('node_modules'), join(tree, 'node_modules'));
  tell(`Installing what ${name} depends on, which is not what is installed here`);
  await command('npm', ['ci', '--no-audit', '--no-fund'], { cwd: tree, signal });
}

/** What package-lock.json says of all that the service runs or is built with: tests may have other tools. */
async function needed(tree: string): Promise<string> {
  const lock: unknown = JSON.parse(await readFile(join(tree, 'package-lock.json'), 'utf8'));
  const packages: unknown = Reflect.get(Object(lock), 'packages');
  const relevant = Object.entries(Object(packages)).filter(
    ([path, about]) =>
      path !== '' && (Reflect.get(Object(about), 'dev') !== true || path.startsWith('node_modules/@swc/')),
  );
  return JSON.stringify(relevant);
}

const git = async (...args: readonly string[]): Promise<string> => (await command('git', args)).trim();

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
