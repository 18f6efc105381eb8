/** An error as it was reported. */
export interface ReportedEvent {
  readonly level: string;
  readonly transaction?: string;
  readonly environment: string;
  readonly release: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly contexts: Readonly<Record<string, unknown>>;
  readonly exception: {
    readonly values: readonly {
      readonly type: string;
      readonly value: string;
      readonly stacktrace?: { readonly frames: readonly unknown[] };
    }[];
  };
}

/** The errors in Sentry's envelopes: lines of JSON, where each item follows a line with its type. */
export const reportedIn = (envelopes: readonly string[]): readonly ReportedEvent[] =>
  envelopes.flatMap((envelope) => {
    const [, ...lines] = envelope.trim().split('\n');
    return lines.flatMap((line, at) => {
      const next = lines[at + 1];
      return at % 2 === 0 && next !== undefined && JSON.parse(line).type === 'event' ? [JSON.parse(next)] : [];
    });
  });
