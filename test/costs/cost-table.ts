import { readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('request-costs.json', import.meta.url);

/** What a request costs, in words and numbers; what it doesn't need is left out. */
export type Costs = Readonly<Record<string, string | number>>;

/** The rows of the table by their names, such as `GET /clinics cold`: one line each, so that a change is a line. */
export type CostTable = Readonly<Record<string, string>>;

export const readTable = (): CostTable => JSON.parse(readFileSync(FILE, 'utf8'));

export const writeTable = (rows: readonly (readonly [name: string, row: string])[]): void =>
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(rows), undefined, 2)}\n`);

/** Such as `database: find clinics; keys: 21`. */
export const rowOf = (costs: Costs): string =>
  Object.entries(costs)
    .filter(([, figure]) => figure !== 0 && figure !== '')
    .map(([name, figure]) => `${name}: ${figure}`)
    .join('; ');

/** Which figures of the row were something else, in words, but for those that are unknown here. */
export function differences(
  name: string,
  was: string | undefined,
  is: string,
  unknown: readonly string[] = [],
): readonly string[] {
  if (was === undefined) return [`${name} is not in the table: ${is}`];
  const [before, after] = [figuresOf(was), figuresOf(is)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((figure) => before.get(figure) !== after.get(figure) && !unknown.includes(figure))
    .map((figure) => `${name}: ${figure} was ${before.get(figure) ?? 'none'}, is ${after.get(figure) ?? 'none'}`);
}

const figuresOf = (row: string): ReadonlyMap<string, string> =>
  new Map(
    row.split('; ').map((figure) => {
      const [name = '', value = ''] = figure.split(': ');
      return [name, value];
    }),
  );
