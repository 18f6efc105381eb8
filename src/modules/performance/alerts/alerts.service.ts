import { channel } from 'node:diagnostics_channel';
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CONFIGURATION } from '../../../config/config.module.js';
import type { Configuration } from '../../../config/configuration.js';
import type { SignalName } from '../signals.js';
import { Signals, type SignalValues } from '../signals.service.js';
import { type ProcessIdentity, thisProcess } from '../this-process.js';
import { AlertBook, type AlertChange, type WatchedAlert } from './alerts-book.js';
import { DEFAULT_ALERT_RULES } from './alerts-default-rules.js';
import type { AlertStatus } from './alerts-evaluation.js';
import { type AlertRule, parseAlertRules, readAlertRules, type SEVERITIES } from './alerts-rules.js';

/** Each {@link AlertChange} is published on it; it costs nothing when nobody listens. */
export const ALERT_CHANGES = channel('enterprise-service:alert');

type Severity = (typeof SEVERITIES)[number];

export interface AlertReport {
  readonly name: string;
  readonly state: AlertStatus;
  /** When it came to be so. */
  readonly since: string;
  readonly severity: Severity;
  readonly summary: string;
  readonly advice: string;
  readonly signal: SignalName;
  /** As of the last evaluation; null before the first one. */
  readonly value: number | null;
  readonly above?: number;
  readonly below?: number;
  readonly when: readonly { readonly signal: SignalName; readonly above: number }[];
  readonly forSeconds: number;
}

export interface AlertsReport {
  readonly process: ProcessIdentity;
  /** Null before the first time. */
  readonly evaluatedAt: string | null;
  /** Those that fire first, then those that are pending, then the others as they stand in the file. */
  readonly alerts: readonly AlertReport[];
  /** The latest first. */
  readonly changes: readonly {
    readonly at: string;
    readonly name: string;
    readonly state: 'firing' | 'resolved';
    readonly severity: Severity;
    readonly value: number;
  }[];
}

const EVERY_MS = 5_000;
/** Doesn't jump with the clock of the machine. */
const nowInMs = (): number => performance.timeOrigin + performance.now();

/** Judges this process by the rules, every five seconds. */
@Injectable()
export class Alerts implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('Alerts');
  private readonly listeners: ((values: SignalValues) => void)[] = [];
  private book = new AlertBook([], 0);
  private evaluatedMs: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private failure: string | undefined;

  constructor(
    private readonly signals: Signals,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  /** @throws {AlertRulesError} when the file of rules is wrong */
  onModuleInit(): void {
    this.book = new AlertBook(rulesOf(this.configuration), nowInMs());
    this.timer = setInterval(() => this.evaluate(), EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  get firing(): readonly WatchedAlert[] {
    return this.book.alerts.filter(({ state }) => state.status === 'firing');
  }

  /** To be called after each evaluation, with the values that it stood on. */
  onEvaluated(listener: (values: SignalValues) => void): void {
    this.listeners.push(listener);
  }

  /** Judges all alerts as of now. */
  evaluate(): void {
    try {
      const values = this.signals.read();
      this.evaluatedMs = nowInMs();
      for (const change of this.book.evaluate(values, this.evaluatedMs)) this.tell(change);
      for (const listener of this.listeners) listener(values);
      this.failure = undefined;
    } catch (error) {
      // Whoever provides a signal may fail: once is enough to be told.
      const message = String(error);
      if (message !== this.failure) this.log.error(`Alerts can't be evaluated: ${message}`);
      this.failure = message;
    }
  }

  report(): AlertsReport {
    return {
      process: thisProcess(),
      evaluatedAt: this.evaluatedMs === undefined ? null : isoOf(this.evaluatedMs),
      alerts: this.book.alerts.toSorted((a, b) => urgencyOf(b) - urgencyOf(a)).map(alertReport),
      changes: this.book.changes.map(({ rule: { name, severity }, state, value, atMs }) => ({
        at: isoOf(atMs),
        name,
        state,
        severity,
        value,
      })),
    };
  }

  private tell(change: AlertChange): void {
    const { rule, state, value } = change;
    const figure = `${rule.signal} is ${Number(value.toPrecision(4))}`;
    if (state === 'firing') this.log.warn(`${rule.name} (${rule.severity}): ${rule.summary} ${figure}. ${rule.advice}`);
    else this.log.log(`${rule.name} is resolved: ${figure}`);
    ALERT_CHANGES.publish(change);
  }
}

const rulesOf = ({ alerts: { rulesFile } }: Configuration): readonly AlertRule[] =>
  rulesFile === undefined ? parseAlertRules(DEFAULT_ALERT_RULES, 'the service') : readAlertRules(rulesFile);

const isoOf = (ms: number): string => new Date(ms).toISOString();

const URGENCY = { firing: 2, pending: 1, resolved: 0, inactive: 0 } as const satisfies Record<AlertStatus, number>;
const urgencyOf = ({ state }: WatchedAlert): number => URGENCY[state.status];

const alertReport = ({ rule, state, value }: WatchedAlert): AlertReport => ({
  name: rule.name,
  state: state.status,
  since: isoOf(state.sinceMs),
  severity: rule.severity,
  summary: rule.summary,
  advice: rule.advice,
  signal: rule.signal,
  value: value ?? null,
  ...(rule.above !== undefined && { above: rule.above }),
  ...(rule.below !== undefined && { below: rule.below }),
  when: rule.when,
  forSeconds: rule.forSeconds,
});
