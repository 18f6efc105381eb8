import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { plainMessage } from '../../../common/problems/problem-errors.js';
import { isSignalName, SIGNALS, type SignalName } from '../signals.js';

/** `page`: somebody is to look now; `ticket`: in working hours; `info`: worth knowing. */
export const SEVERITIES = ['page', 'ticket', 'info'] as const;

const signal = z.custom<SignalName>(
  (name) => typeof name === 'string' && isSignalName(name),
  `must be one of ${Object.keys(SIGNALS).join(', ')}`,
);
const words = z.string().trim().min(1).max(500);
const seconds = z.int().min(0).max(86_400);

const alertRule = z
  .strictObject({
    name: z
      .string()
      .max(60)
      .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be words of a-z and 0-9, joined by -'),
    signal,
    /** It is wrong for the signal to be more than `above`, or less than `below`. */
    above: z.number().optional(),
    below: z.number().optional(),
    /** Only while all of these hold: a share of next to nothing says nothing. */
    when: z
      .array(z.strictObject({ signal, above: z.number() }))
      .max(5)
      .readonly()
      .default([]),
    /** For so long it has to be wrong before anybody is told. */
    forSeconds: seconds,
    /** For so long it has to be right again; by default half of forSeconds, within 15 and 60. */
    resolveSeconds: seconds.optional(),
    severity: z.enum(SEVERITIES),
    summary: words.describe('What is wrong.'),
    advice: words.describe('What to look at, and what to do.'),
  })
  .refine(({ above, below }) => (above === undefined) !== (below === undefined), {
    error: 'needs either above or below',
    // Also beside other mistakes: all of them are told at once.
    when: ({ value }) => typeof value === 'object' && value !== null,
  });

const alertRules = z.array(alertRule).max(200);

export type AlertRule = z.output<typeof alertRule>;
/** As it is written in a file. */
export type WrittenRule = z.input<typeof alertRule>;

/** All mistakes of a file of rules at once, one line each; its message is fit for the operator's terminal. */
export class AlertRulesError extends Error {
  constructor(
    readonly file: string,
    readonly mistakes: readonly string[],
  ) {
    super(
      `The alert rules in ${file} have ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}:\n${mistakes.map((line) => `  - ${line}`).join('\n')}`,
    );
    this.name = 'AlertRulesError';
  }
}

/** @throws {AlertRulesError} that lists every mistake */
export function readAlertRules(file: string): readonly AlertRule[] {
  return parseAlertRules(jsonOf(file), file);
}

/**
 * @param from where they stand, for the message
 * @throws {AlertRulesError} that lists every mistake
 */
export function parseAlertRules(written: unknown, from: string): readonly AlertRule[] {
  const { data = [], error } = alertRules.safeParse(written, { error: plainMessage });
  const mistakes = (error?.issues ?? []).flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => `${whereOf([...issue.path, key], written)} is not known`)
      : [`${whereOf(issue.path, written)} ${issue.message}`],
  );
  const names = Array.isArray(written) ? written.map(nameOf) : [];
  const repeated = names.filter((name, at) => name !== undefined && names.indexOf(name) < at);
  mistakes.push(...repeated.map((name) => `${name} is the name of several rules`));
  if (mistakes.length > 0) throw new AlertRulesError(from, mistakes);
  return data;
}

function jsonOf(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new AlertRulesError(file, [error instanceof Error ? error.message : String(error)]);
  }
}

/** A rule by its name where it has one, else by its number: `slow-queries forSeconds`, `rule 3 name`. */
function whereOf([at, ...path]: readonly PropertyKey[], written: unknown): string {
  if (at === undefined) return 'the file';
  const name = Array.isArray(written) && path[0] !== 'name' ? nameOf(written[Number(at)]) : undefined;
  return [name ?? `rule ${Number(at) + 1}`, path.map(String).join('.')].filter((part) => part !== '').join(' ');
}

function nameOf(rule: unknown): string | undefined {
  const name: unknown = typeof rule === 'object' && rule !== null && 'name' in rule ? rule.name : undefined;
  return typeof name === 'string' && name !== '' ? name : undefined;
}
