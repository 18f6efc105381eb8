import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { PROBLEMS } from '../../src/common/http/problems.js';

it('docs/api.md lists every problem that the service answers, in its words', () => {
  const page = readFileSync('docs/api.md', 'utf8');
  const table = page.split('\n').filter((line) => line.startsWith('| `'));
  const rows = table.filter((line) => /^\| `[a-z-]+` \| \d{3} \|/.test(line));
  expect(rows).toEqual(
    Object.entries(PROBLEMS).map(
      ([name, { status, title, about }]) => `| \`${name}\` | ${status} | ${title}. ${about} |`,
    ),
  );
});
