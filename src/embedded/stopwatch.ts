/** Tells, when called, how long ago it was made: `0.4 s`, `12 s`, `5 min 3 s`. */
export function stopwatch(): () => string {
  const start = performance.now();
  return () => {
    const seconds = (performance.now() - start) / 1000;
    if (seconds < 10) return `${seconds.toFixed(1)} s`;
    if (seconds < 60) return `${Math.round(seconds)} s`;
    return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  };
}
