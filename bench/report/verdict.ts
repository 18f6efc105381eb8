import { type Judged, reachesAim } from '../support/budgets.js';

/** `misses`: within its bound, but not as good as it is meant to be. */
export type State = 'fails' | 'misses' | 'holds' | 'not judged';

/** What fails comes first, and what is nearest to its bound before what is far from it. */
export const worstFirst = (judged: readonly Judged[]): readonly Judged[] =>
  judged.toSorted((one, other) => ORDER[stateOf(one)] - ORDER[stateOf(other)] || roomOf(one) - roomOf(other));

export function stateOf(budget: Judged): State {
  if (!budget.judged) return 'not judged';
  if (!budget.holds) return 'fails';
  return reachesAim(budget) ? 'holds' : 'misses';
}

/**
 * How much of the bound is left, as a share of it: 0.25 where a value of 75 may be 100 at most, or one of 125 has to be
 * 100 at least; less than 0 past the bound. Undefined where there is no value, or no share of the bound (0).
 */
export function marginOf({ value, least, most }: Judged): number | undefined {
  if (value === null) return undefined;
  const margins = [
    ...(most === undefined || most === 0 ? [] : [1 - value / most]),
    ...(least === undefined || least === 0 ? [] : [value / least - 1]),
  ];
  return margins.length === 0 ? undefined : Math.min(...margins);
}

const ORDER: Readonly<Record<State, number>> = { fails: 0, misses: 1, holds: 2, 'not judged': 3 };

/** What was not measured has no room at all. */
const roomOf = (budget: Judged): number => marginOf(budget) ?? (budget.value === null ? Number.MIN_SAFE_INTEGER : 0);
