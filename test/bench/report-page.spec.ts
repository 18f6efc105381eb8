import { describe, expect, it } from '@jest/globals';
import { reportPage } from '../../bench/report/page.js';
import type { Judged } from '../../bench/support/budgets.js';
import { someJudged } from './some-judged.js';
import { PARTS, someResults } from './some-results.js';

/** What stands in the page, without its scripts and styles. */
const bodyOf = (page: string): string => page.replaceAll(/<(script|style)[^>]*>.*?<\/\1>/gs, '');

/** Each row, as the texts of its cells. */
const rowsOf = (html: string): readonly (readonly string[])[] =>
  [...html.matchAll(/<tr.*?<\/tr>/gs)].map(([row]) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, text = '']) => text),
  );

const budgetsOf = (page: string) => rowsOf(/<section id="budgets".*?<\/section>/s.exec(page)?.[0] ?? '').slice(1);

const budget = (figure: string, holds: boolean, bounds: Partial<Judged> = {}): Judged => ({
  figure,
  value: 50,
  most: 100,
  holds,
  judged: true,
  ...bounds,
});

describe('the page of a run', () => {
  it('has every budget, those that fail first and the worst of them on top, then what is nearest to its bound', async () => {
    const judged = [
      budget('far', true, { value: 10 }),
      budget('not judged', false, { value: 900, judged: false }),
      budget('near', true, { value: 99 }),
      budget('fails', false, { value: 110 }),
      budget('misses', true, { value: 20, aim: 15 }),
      budget('fails badly', false, { value: 40, most: 10 }),
      budget('not measured', false, { value: null }),
      { figure: 'ratio', value: 1.2, least: 1, aim: 1.1, holds: true, judged: true },
    ];
    const page = await reportPage(someResults(), judged);
    expect(budgetsOf(page).map(([name, verdict]) => `${name}: ${verdict?.slice(2)}`)).toEqual([
      'not measured: fails',
      'fails badly: fails',
      'fails: fails',
      'misses: misses its aim',
      'near: holds',
      'ratio: holds',
      'far: holds',
      'not judged: not judged',
    ]);
    expect(bodyOf(page)).toContain('>3 of 7 budgets fail</h2>');
  });

  it('tells of a budget what was measured, what is asked for, and how much is left', async () => {
    const judged = [
      budget('time', true, { value: 75, aim: 80, note: 'as it should be' }),
      { figure: 'ratio', value: 0.8, least: 1, holds: false, judged: true },
    ];
    expect(budgetsOf(await reportPage(someResults(), judged))).toEqual([
      ['ratio', '■ fails', '0.800', '≥ 1.00', '', '20.0 % past it', ''],
      ['time', '● holds', '75.0', '≤ 100', '80.0', '25.0 % left', 'as it should be'],
    ]);
  });

  it('says so when all hold', async () => {
    const page = await reportPage(someResults(), [budget('one', true), budget('other', true)]);
    expect(bodyOf(page)).toContain('>All 2 budgets hold</h2>');
  });

  it('escapes all text', async () => {
    const evil = '</script><img src=x onerror="alert(1)">\'&amp;';
    const page = await reportPage(withText(someResults(), evil), withText(someJudged(), evil));
    expect(page).not.toContain('<img');
    expect(page).not.toContain('onerror="');
    expect(page.match(/<script/g)).toHaveLength(3);
    expect(page.match(/<\/script/g)).toHaveLength(3);
    expect(bodyOf(page)).toContain('&#60;/script&#62;&#60;img src=x onerror=&#34;alert(1)&#34;&#62;&#39;&#38;amp;');
  });

  it.each(PARTS)('leaves the section of the %s out when they were not run', async (part) => {
    const { [part]: _left, ...others } = someResults();
    const sections = async (results: Parameters<typeof reportPage>[0]) =>
      [...(await reportPage(results, someJudged())).matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id);
    const all = await sections(someResults());
    expect(all).toContain(part);
    expect(await sections(others)).toEqual(all.filter((id) => id !== part));
  });

  it('has cold and warm answers of a route side by side', async () => {
    const page = await reportPage(someResults(), []);
    const [row = []] = rowsOf(bodyOf(page)).filter(([name]) => name === 'GET /clinics?search=');
    expect(row.slice(1)).toEqual([
      ...['34.5', '82.8', '141', '380', '52', '0 %', '3,980 B'],
      ...['1.02', '2.45', '4.18', '11.2', '3,028', '99.8 %', '3,980 B'],
    ]);
  });

  it('can be read by whoever does not see it: tables have captions and heads, plots are told in words', async () => {
    const body = bodyOf(await reportPage(someResults(), someJudged()));
    const tables = [...body.matchAll(/<table.*?<\/table>/gs)].map(([table]) => table);
    expect(tables.filter((table) => !/<caption[^>]*>[^<]+<\/caption>/.test(table))).toEqual([]);
    expect(body.match(/<th(?! scope="(row|col|colgroup)")[ >]/g)).toBeNull();
    const plots = [...body.matchAll(/role="img" aria-label="([^"]+)"/g)].map(([, words]) => words);
    expect(plots).toHaveLength(7);
    expect(plots[1]).toMatch(
      /^Throughput, requests\/s\. requests\/s: warm-up \d+ to \d+; sustained [\d,]+ to [\d,]+; peak /,
    );
  });
});

/** With the text in place of each text that is no choice of a few. */
function withText<Value>(value: Value, text: string): Value {
  const kept = new Set(['cold', 'warm', 'write', 'by id', 'list', 'aggregation', 'count']);
  return JSON.parse(JSON.stringify(value, (_, each) => (typeof each === 'string' && !kept.has(each) ? text : each)));
}
