/** A point of a line: what was measured (y) at which number (x). */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** How much y grows with each x, by the line that fits best (least squares). @throws where all points have the same x */
export function slope(points: readonly Point[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map((point) => point.x)), mean(points.map((point) => point.y))];
  const spread = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
  if (!(spread > 0)) throw new RangeError('A line takes points at two numbers');
  return points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0) / spread;
}
