import { describe, expect, it } from '@jest/globals';
import { reportTable } from '../../bench/report/table.js';
import type { Results } from '../../bench/support/results.js';
import { PARTS, someResults } from './some-results.js';

const linesOf = (results: Results) => reportTable(results).split('\n');

describe('the table at the end of a run', () => {
  it('has a row for each route and temperature, with what was measured of it', () => {
    const lines = linesOf(someResults());
    const cells = (start: RegExp) => lines.find((line) => start.test(line))?.split(/ {2,}/);
    expect(cells(/^GET \/clinics +cold/)).toEqual([
      'GET /clinics',
      'cold',
      '11.9',
      '28.6',
      '48.8',
      '131',
      '151',
      '0 %',
      '4,210 B',
    ]);
    expect(cells(/^GET \/clinics +warm/)).toEqual([
      'GET /clinics',
      'warm',
      '0.950',
      '2.28',
      '3.89',
      '10.5',
      '3,185',
      '99.8 %',
      '4,210 B',
    ]);
  });

  it('fits 120 columns, however long a name is, and has no colours', () => {
    const [route, ...routes] = someResults().routes ?? [];
    const long = someResults({
      ...(route && { routes: [{ ...route, route: `GET /${'clinics/'.repeat(40)}` }, ...routes] }),
      database: [{ kind: 'list', shape: `find clinics {${'organizationId, '.repeat(30)}}`, count: 1, p95: 2 }],
    });
    const lines = linesOf(long);
    expect(lines.filter((line) => line.length > 120)).toEqual([]);
    expect(lines.filter((line) => line.startsWith('GET /clinics/clinics'))).toEqual([expect.stringContaining('… ')]);
    expect(lines.join('')).not.toMatch(/\p{Cc}/u);
  });

  it('lets no name move the cursor', () => {
    const [flow] = someResults().flows ?? [];
    const text = reportTable(someResults({ ...(flow && { flows: [{ ...flow, flow: 'sign in\u001b[2J\r' }] }) }));
    expect(text).toContain('sign in [2J ');
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it('aligns its columns', () => {
    const lines = linesOf(someResults());
    const rule = lines.findIndex((line) => line.startsWith('─'));
    const table = lines.slice(rule - 1, lines.indexOf('', rule));
    expect(new Set(table.map((line) => line.length))).toEqual(new Set([table[0]?.length]));
  });

  it.each(PARTS)('says nothing of the %s when they were not run', (part) => {
    const { [part]: _left, ...others } = someResults();
    const titles = (results: Results) =>
      reportTable(results)
        .split('\n\n')
        .slice(1)
        .map((table) => table.split('\n')[0]);
    expect(titles(others)).toHaveLength(titles(someResults()).length - 1);
    expect(titles(others).filter((title) => !titles(someResults()).includes(title))).toEqual([]);
  });
});
