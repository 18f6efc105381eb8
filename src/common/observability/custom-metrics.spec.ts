import { describe, expect, it } from '@jest/globals';
import { CustomMetrics, customMetrics, timed } from './custom-metrics.js';

describe("a feature's own metrics", () => {
  it('count what they are told, by its attributes', () => {
    const metrics = new CustomMetrics();
    metrics.count('import.rows', 3, { outcome: 'made' });
    metrics.count('import.rows', 2, { outcome: 'bad' });
    metrics.count('import.rows', 4, { outcome: 'made' });
    expect(metrics.entries()).toEqual([
      {
        kind: 'count',
        name: 'import.rows',
        series: [
          { attributes: { outcome: 'made' }, value: 7 },
          { attributes: { outcome: 'bad' }, value: 2 },
        ],
      },
    ]);
  });

  it.each(['', 'Rows', '1st', 'rows-made', 'rows made', 'x'.repeat(64)])('have no name such as %j', (name) => {
    expect(() => new CustomMetrics().count(name, 1, {})).toThrow(TypeError);
    expect(() => new CustomMetrics().time(name, 1, false)).toThrow(TypeError);
  });

  it.each(['', 'a b', 'é', 'ana@example.com', 'x'.repeat(41)])('have no attribute such as %j', (value) => {
    expect(() => new CustomMetrics().count('rows', 1, { of: value })).toThrow(TypeError);
  });

  it('are bounded: what is counted by too much is counted as others', () => {
    const metrics = new CustomMetrics();
    for (let at = 0; at < 1_000; at += 1) metrics.count('rows', 1, { id: String(at) });
    const [rows] = metrics.entries();
    const series = rows?.kind === 'count' ? rows.series : [];
    expect([series.length, series.at(-1)]).toEqual([21, { attributes: { others: 'true' }, value: 980 }]);
  });

  it('are bounded in their number', () => {
    const metrics = new CustomMetrics();
    for (let at = 0; at < 1_000; at += 1) {
      metrics.count(`count.of_${at}`, 1, {});
      metrics.time(`time.of_${at}`, 1, false);
    }
    expect(metrics.entries()).toHaveLength(100);
  });
});

describe('an operation that is timed', () => {
  const measured = (name: string) => {
    const entry = customMetrics.entries().find((metric) => metric.name === name);
    return entry?.kind === 'duration' ? { count: entry.durations.count, failures: entry.failures } : undefined;
  };

  it('has its durations, and answers what it answers', async () => {
    expect(await timed('spec.works', async () => 'done')).toBe('done');
    expect(measured('spec.works')).toEqual({ count: 1, failures: 0 });
  });

  it('that fails is counted as failed, and fails as it does', async () => {
    const failing = timed('spec.fails', async () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(measured('spec.fails')).toEqual({ count: 1, failures: 1 });
  });
});
