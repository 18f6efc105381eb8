/** Does the work for each in their order, but no more than so many at the same time; rejects when one of them does. */
export async function fewAtOnce<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  // One iterator that all take from.
  const left = items.values();
  const takeOn = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, takeOn));
}
