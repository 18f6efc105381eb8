import type { SignalValues } from '../signals.service.js';
import type { AlertRule } from './alerts-rules.js';

/** `pending`: it is wrong, but not for long enough; `resolved`: it was firing, and is right again. */
export type AlertStatus = 'inactive' | 'pending' | 'firing' | 'resolved';

export interface AlertState {
  readonly status: AlertStatus;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
  /** While it is firing: since when it has been right again, which may not last. */
  readonly fineSinceMs?: number;
}

type Judged = Pick<AlertRule, 'signal' | 'above' | 'below' | 'when' | 'forSeconds' | 'resolveSeconds'>;

/**
 * What becomes of an alert with these values: pending while they are wrong, firing once they have been for
 * `forSeconds`, resolved once they have been right again for some time, so that what wavers is told once.
 */
export function evaluate(rule: Judged, state: AlertState, values: SignalValues, nowMs: number): AlertState {
  const wrong = isWrong(rule, values);
  if (state.status === 'firing') {
    if (wrong) return state.fineSinceMs === undefined ? state : { status: 'firing', sinceMs: state.sinceMs };
    const fineSinceMs = state.fineSinceMs ?? nowMs;
    if (nowMs - fineSinceMs >= resolveMs(rule)) return { status: 'resolved', sinceMs: nowMs };
    return { ...state, fineSinceMs };
  }
  if (!wrong) return state.status === 'pending' ? { status: 'inactive', sinceMs: nowMs } : state;
  const wrongSinceMs = state.status === 'pending' ? state.sinceMs : nowMs;
  if (nowMs - wrongSinceMs >= rule.forSeconds * 1_000) return { status: 'firing', sinceMs: nowMs };
  return state.status === 'pending' ? state : { status: 'pending', sinceMs: nowMs };
}

function isWrong({ signal, above, below, when }: Judged, values: SignalValues): boolean {
  if (when.some((guard) => !(values[guard.signal] > guard.above))) return false;
  const value = values[signal];
  return (above !== undefined && value > above) || (below !== undefined && value < below);
}

const resolveMs = ({ forSeconds, resolveSeconds }: Judged): number =>
  1_000 * (resolveSeconds ?? Math.min(60, Math.max(15, forSeconds / 2)));
