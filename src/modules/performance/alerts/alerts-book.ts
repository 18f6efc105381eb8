import type { SignalValues } from '../signals.service.js';
import { type AlertState, evaluate } from './alerts-evaluation.js';
import type { AlertRule } from './alerts-rules.js';

/** An alert began to fire, or was resolved. */
export interface AlertChange {
  readonly rule: AlertRule;
  readonly state: 'firing' | 'resolved';
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

export interface WatchedAlert {
  readonly rule: AlertRule;
  readonly state: AlertState;
  /** The value that it was last judged by; none before the first time. */
  readonly value: number | undefined;
}

const MOST_CHANGES = 50;

/** All alerts with the states that they are in, and what became of them. */
export class AlertBook {
  private watched: readonly WatchedAlert[];
  private latest: readonly AlertChange[] = [];

  constructor(rules: readonly AlertRule[], nowMs: number) {
    this.watched = rules.map((rule) => ({ rule, state: { status: 'inactive', sinceMs: nowMs }, value: undefined }));
  }

  /** As the rules stand in the file. */
  get alerts(): readonly WatchedAlert[] {
    return this.watched;
  }

  /** The latest first. */
  get changes(): readonly AlertChange[] {
    return this.latest;
  }

  /** Judges all alerts by these values, and tells which of them have begun to fire or were resolved. */
  evaluate(values: SignalValues, nowMs: number): readonly AlertChange[] {
    const before = this.watched;
    this.watched = before.map(({ rule, state }) => ({
      rule,
      state: evaluate(rule, state, values, nowMs),
      value: values[rule.signal],
    }));
    const changes = this.watched.flatMap(({ rule, state: { status } }, at): AlertChange[] => {
      if (status === before[at]?.state.status || (status !== 'firing' && status !== 'resolved')) return [];
      return [{ rule, state: status, value: values[rule.signal], atMs: nowMs }];
    });
    this.latest = [...changes.toReversed(), ...this.latest].slice(0, MOST_CHANGES);
    return changes;
  }
}
