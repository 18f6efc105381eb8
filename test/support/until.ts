/** Asks again at once, again and again, until the answer satisfies; tells how many ms that took. */
export async function untilAnswer<T>(ask: () => Promise<T>, satisfies: (answer: T) => boolean, patienceMs = 20_000) {
  const begun = performance.now();
  for (;;) {
    const asked = performance.now();
    const answer = await ask();
    if (satisfies(answer)) return { answer, tookMs: asked - begun };
    if (asked - begun > patienceMs) throw new Error(`Still waiting: ${JSON.stringify(answer)}`);
  }
}
