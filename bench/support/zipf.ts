/** Draws ranks from 0 up to, not including, the size: the one at rank k is k + 1 times as rare as the first (Zipf, 1.0). */
export function zipf(size: number): () => number {
  let total = 0;
  const upTo = Array.from({ length: size }, (_, rank) => {
    total += 1 / (rank + 1);
    return total;
  });
  return () => {
    const drawn = Math.random() * total;
    let [low, high] = [0, size - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((upTo[middle] ?? 0) > drawn) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
