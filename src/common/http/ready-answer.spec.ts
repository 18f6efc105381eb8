import { describe, expect, it } from '@jest/globals';
import { Payload } from '../cache/payload.js';
import { PageAnswer, RecordAnswer } from './answers.js';
import { isKnown, payloadOf, ReadyAnswer, type ReadyCoding, varyWith } from './ready-answer.js';

const RECORD = { _id: '1', version: 7 };
const LARGE = JSON.stringify(Array.from({ length: 200 }, (_, at) => ({ name: `Clinic ${at}` })));
const CODED = ['gzip', 'br', 'zstd'] as const;

const large = (facts = { etag: '"7"' }) => new ReadyAnswer(Payload.ofText(LARGE, facts));
const small = () => new ReadyAnswer(Payload.ofText('{"id":1}', { etag: '"7"' }));

/** As Node takes them: name, value, … */
const headersOf = (headers: readonly string[]): Record<string, string> =>
  Object.fromEntries(headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1] ?? '']] : [])));
const headerOf = ({ head }: ReadyCoding, name: string) => headersOf(head.headers)[name];

describe.each(CODED)('an answer in %s', (coding) => {
  it('says so', () => {
    expect(headerOf(large().for(coding), 'content-encoding')).toBe(coding);
  });

  it('has the length of its coded bytes', () => {
    const ready = large().for(coding);
    expect(headerOf(ready, 'content-length')).toBe(String(ready.bytes.length));
  });

  it('has a strong tag of its own', () => {
    expect(large().for(coding).etag).toBe(`"7-${coding}"`);
  });

  it('has the weak tag of the content', () => {
    expect(large({ etag: 'W/"abc"' }).for(coding).etag).toBe('W/"abc"');
  });

  it('sends the bytes of the payload', () => {
    const ready = large();
    expect(ready.for(coding).bytes).toBe(ready.payload.in(coding));
  });
});

describe('an answer without coding', () => {
  it('does not speak of one', () => {
    expect(headerOf(large().for(undefined), 'content-encoding')).toBeUndefined();
  });

  it('has the tag as it is', () => {
    expect(large().for(undefined).etag).toBe('"7"');
  });

  it('has the length in bytes, not characters', () => {
    const ready = new ReadyAnswer(Payload.ofText('"Zoë"', { etag: '"1"' }));
    expect(headerOf(ready.for(undefined), 'content-length')).toBe('6');
  });

  it('is what a small answer gets, whatever the client takes', () => {
    expect(headerOf(small().for('br, gzip'), 'content-encoding')).toBeUndefined();
  });
});

describe('every answer', () => {
  it.each([
    ['content-type', 'application/json; charset=utf-8'],
    ['cache-control', 'private, no-cache'],
    ['x-content-type-options', 'nosniff'],
    ['etag', '"7"'],
  ])('has %s', (name, value) => {
    expect(headerOf(small().for(undefined), name)).toBe(value);
  });

  it('has the link that goes with the payload', () => {
    const ready = new ReadyAnswer(Payload.ofText('[]', { etag: '"1"', link: '</x>; rel="next"' }));
    expect(headerOf(ready.for(undefined), 'link')).toBe('</x>; rel="next"');
  });

  it('is made once for each coding', () => {
    const ready = large();
    expect(ready.for('gzip')).toBe(ready.for('gzip;q=0.9'));
  });

  it('tells that it takes more memory when another coding is made, and only then', () => {
    let grown = 0;
    const ready = new ReadyAnswer(Payload.ofText(LARGE, { etag: '"7"' }), () => {
      grown += 1;
    });
    for (const header of ['gzip', 'gzip', 'br']) ready.for(header);
    expect(grown).toBe(2);
  });
});

describe('a 304', () => {
  it('has the tag of the coding', () => {
    expect(headersOf(large().for('gzip').unchanged.headers)['etag']).toBe('"7-gzip"');
  });

  it('has what may not differ from a 200 (RFC 9110 15.4.5)', () => {
    expect(headersOf(large().for('gzip').unchanged.headers)).toMatchObject({ 'cache-control': 'private, no-cache' });
  });

  it.each(['content-type', 'content-length', 'content-encoding'])('says no %s, as it has no content', (name) => {
    expect(headersOf(large().for('gzip').unchanged.headers)).not.toHaveProperty(name);
  });
});

describe('a client', () => {
  it.each([
    ['has the answer that it names', '"7"', true],
    ['has the answer that it names among others', '"5", W/"7"', true],
    ['has the answer in another coding', '"7-br"', true],
    ['has another answer', '"8"', false],
    ['names none', undefined, false],
  ])('%s', (_, header, known) => {
    expect(isKnown(header, '"7"')).toBe(known);
  });
});

describe('what an answer varies by', () => {
  it('is the credentials and the codings', () => {
    expect(varyWith(undefined)).toBe('Authorization, Accept-Encoding, X-API-Key');
  });

  it('is added to what CORS says', () => {
    expect(varyWith('Origin')).toBe('Origin, Authorization, Accept-Encoding, X-API-Key');
  });
});

describe('the tag of', () => {
  const etagOf = (answer: unknown) => payloadOf(answer, '/api/v1/clinics').facts['etag'];

  it('a whole record is its version', () => {
    const record = new RecordAnswer(RECORD, { paths: ['id', 'version'], full: true });
    expect(etagOf(record)).toBe('"7"');
  });

  it('a part of a record is weak', () => {
    const part = new RecordAnswer(RECORD, { paths: ['id'], full: false });
    expect(etagOf(part)).toMatch(/^W\//);
  });

  it('anything else is weak', () => {
    expect(etagOf({ status: 'ok' })).toMatch(/^W\/"[\w-]{27}"$/);
  });

  it('the same content is the same', () => {
    expect(etagOf({ name: 'Zoë' })).toBe(etagOf(JSON.parse('{ "name": "Zoë" }')));
  });

  it('other content is another', () => {
    expect(etagOf({ name: 'Zoë' })).not.toBe(etagOf({ name: 'Zoe' }));
  });

  it('a page is weak and goes with its links', () => {
    const page = { limit: 20, nextCursor: 'abc', previousCursor: null };
    const { facts } = payloadOf(new PageAnswer({ data: [], page } as never), '/api/v1/clinics');
    expect(facts).toMatchObject({ etag: expect.stringMatching(/^W\//), link: expect.stringContaining('rel="next"') });
  });
});
