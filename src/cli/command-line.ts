/** The command was typed wrongly. */
export class UsageError extends Error {}

/**
 * Runs a command to its exit code: its own (0 good, 1 not all went well), or 2 when it was typed wrongly.
 * An error is one line for the person at the terminal.
 */
export async function runCommand(run: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run();
  } catch (error) {
    const typedWrongly = error instanceof UsageError || isParseError(error);
    console.error(error instanceof Error ? error.message : String(error));
    if (typedWrongly) console.error('See --help.');
    process.exitCode = typedWrongly ? 2 : 1;
  }
}

/** Of `parseArgs`: an unknown option, or one without its value. */
const isParseError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');

/**
 * A whole number given as an option.
 * @throws {UsageError}
 */
export function wholeNumber(option: string, value: string, minimum: number, maximum: number): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= minimum && number <= maximum) return number;
  throw new UsageError(
    `--${option} must be a whole number from ${formatted(minimum)} to ${formatted(maximum)}, not ${value}`,
  );
}

export const formatted = (count: number): string => count.toLocaleString('en-US');

/** What has been done in how long, such as `3.2 s`. */
export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
