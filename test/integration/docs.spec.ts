import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { ROLES } from '../../src/common/context/principal.js';
import { PROBLEMS } from '../../src/common/problems/problems.js';

const lines = readFileSync('docs/api.md', 'utf8').split('\n');

it('docs/api.md lists every problem that the service answers, in its words', () => {
  const rows = lines.filter((line) => /^\| `[a-z-]+` \| \d{3} \|/.test(line));
  expect(rows).toEqual(
    Object.entries(PROBLEMS).map(
      ([name, { status, title, about }]) => `| \`${name}\` | ${status} | ${title}. ${about} |`,
    ),
  );
});

it('docs/api.md lists every role of every kind of principal, with its scopes', () => {
  const rows = lines.filter((line) => /^\| [a-z]+ \| `[a-z-]+` \| `[a-z]+:[a-z]+`/.test(line));
  const expected = Object.entries<Readonly<Record<string, readonly string[]>>>(ROLES).flatMap(([kind, roles]) =>
    Object.entries(roles).map(
      ([role, scopes]) => `| ${kind} | \`${role}\` | ${scopes.map((scope) => `\`${scope}\``).join(', ')} |`,
    ),
  );
  expect(rows).toEqual(expected);
});
