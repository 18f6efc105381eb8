import { readFileSync } from 'node:fs';

/**
 * Every variable of the environment with its default as Markdown. From the file that a test holds against the
 * configuration; where a default depends on something, it stands there in words.
 */
export function variableDefaults(): ReadonlyMap<string, string> {
  const example = readFileSync('.env.performance.example', 'utf8');
  return new Map(
    [...example.matchAll(VARIABLE)].map(([, about = '', optional, name = '', value = '']) => [
      name,
      optional === '' ? 'required' : value === '' ? inWords(about) : `\`${value}\``,
    ]),
  );
}

/** The default of a variable. @throws when there is no such variable */
export function defaultOf(name: string): string {
  const value = variableDefaults().get(name);
  if (value === undefined) throw new Error(`There is no variable ${name}`);
  return value;
}

/** What it is for, and under it the variable; without `#` it is required. */
const VARIABLE = /^# (.+)\n(#?)([A-Z][A-Z_]*)=(.*)$/gm;

/** As in `...: 600 each by default; ...`, or `...; 5000 in production, else 0`. */
function inWords(about: string): string {
  const [, words = 'none'] =
    /[:;] (?:([^:;]+) by default|(\S+ in production, else \S+)$)/.exec(about)?.filter(Boolean) ?? [];
  return words.replaceAll(/,(?! )/g, ', ');
}
