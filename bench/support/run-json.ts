import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { endsWithUs } from './interruption.js';

/**
 * Runs `node <script>` with the input as JSON on standard input. @returns what it prints, as JSON
 * @throws when it ends with another code than 0
 */
export async function runJson<Result>(script: string, input: unknown): Promise<Result> {
  const child = spawn(process.execPath, ['--import', './test/support/typescript-imports.ts', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  endsWithUs(child);
  const exited = once(child, 'exit');
  child.stdin.end(JSON.stringify(input));
  const printed = await text(child.stdout);
  const [code] = await exited;
  if (code !== 0) throw new Error(`${script} ended with code ${code}`);
  return JSON.parse(printed);
}
