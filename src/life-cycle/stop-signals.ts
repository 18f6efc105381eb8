/** What a terminal sends to all processes of a group npm passes on to its child as well: one key press, two signals. */
const SAME_PRESS_MS = 250;

/** Calls `stop` with the first SIGTERM or SIGINT; the second ends the process at once. */
export function onStopSignal(stop: (signal: NodeJS.Signals) => Promise<void>): void {
  let first: { readonly signal: NodeJS.Signals; readonly atMs: number } | undefined;
  const hear = (signal: NodeJS.Signals) => {
    const now = performance.now();
    if (first === undefined) {
      first = { signal, atMs: now };
      void stop(signal);
    } else if (signal !== first.signal || now - first.atMs > SAME_PRESS_MS) process.exit(1);
  };
  process.on('SIGTERM', hear).on('SIGINT', hear);
}
