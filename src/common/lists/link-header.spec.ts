import { expect, it } from '@jest/globals';
import { linkHeader } from './link-header.js';
import type { Page } from './list-reader.js';

const page = (part: Partial<Page['page']> = {}): Page['page'] => ({
  limit: 20,
  nextCursor: null,
  previousCursor: null,
  ...part,
});

it.each([
  ['the only page', '/api/v1/clinics', page(), ['</api/v1/clinics>; rel="first"']],
  [
    'the first page',
    '/api/v1/clinics?limit=20',
    page({ nextCursor: 'N' }),
    ['</api/v1/clinics?limit=20>; rel="first"', '</api/v1/clinics?limit=20&cursor=N>; rel="next"'],
  ],
  [
    'a page in the middle',
    '/api/v1/clinics?cursor=C',
    page({ nextCursor: 'N', previousCursor: 'P' }),
    [
      '</api/v1/clinics>; rel="first"',
      '</api/v1/clinics?cursor=P>; rel="prev"',
      '</api/v1/clinics?cursor=N>; rel="next"',
    ],
  ],
  [
    'a page by offset, which goes on by cursor',
    '/api/v1/clinics?page=2',
    page({ nextCursor: 'N', previousCursor: 'P' }),
    [
      '</api/v1/clinics?page=1>; rel="first"',
      '</api/v1/clinics?cursor=P>; rel="prev"',
      '</api/v1/clinics?cursor=N>; rel="next"',
    ],
  ],
  [
    'a page by offset of a counted list',
    '/api/v1/clinics?page=1',
    page({ total: 41, totalIs: 'exact' }),
    ['</api/v1/clinics?page=1>; rel="first"', '</api/v1/clinics?page=3>; rel="last"'],
  ],
  [
    'a page by offset of an empty list',
    '/api/v1/clinics?page=1',
    page({ total: 0, totalIs: 'exact' }),
    ['</api/v1/clinics?page=1>; rel="first"', '</api/v1/clinics?page=1>; rel="last"'],
  ],
  [
    'a page by offset of a list that is only estimated',
    '/api/v1/clinics?page=1',
    page({ total: 41, totalIs: 'estimate' }),
    ['</api/v1/clinics?page=1>; rel="first"'],
  ],
  [
    'a page by offset of a list that goes deeper than offsets do',
    '/api/v1/clinics?page=1',
    page({ total: 10_001, totalIs: 'exact' }),
    ['</api/v1/clinics?page=1>; rel="first"'],
  ],
  [
    'a counted page by cursor, which has no number',
    '/api/v1/clinics?cursor=C',
    page({ total: 41, totalIs: 'exact' }),
    ['</api/v1/clinics>; rel="first"'],
  ],
  [
    'a query that needs escaping',
    '/api/v1/clinics?search=a%26b%20%3E%22',
    page(),
    ['</api/v1/clinics?search=a%26b+%3E%22>; rel="first"'],
  ],
])('of %s', (_, url, shown, links) => {
  expect(linkHeader(url, shown)).toBe(links.join(', '));
});
