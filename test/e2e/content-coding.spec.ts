import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Directory } from '../support/directory.js';
import { startService, type TestService } from '../support/service.js';
import { type BytesAnswer, BytesClient, jsonOf } from './bytes-client.js';

const DECODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  identity: (bytes) => bytes,
  gzip: gunzipSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};
const CODINGS = Object.keys(DECODERS);

const SHIFTS = ['08:00', '10:15', '12:30', '14:45'].map((from) => ({ from, to: from.replace(/..$/, '59') }));
const WEEK = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

let service: TestService;
let client: BytesClient;
/** A record over 1 KB, one under it, and lists of both. */
let paths: Readonly<Record<'record' | 'list' | 'staff' | 'small', string>>;
beforeAll(async () => {
  service = await startService();
  client = new BytesClient(service);
  const directory = new Directory(service.api);
  const organization = await directory.organization();
  const openingHours = Object.fromEntries(WEEK.map((day) => [day, SHIFTS]));
  const clinic = await directory.clinic(organization.id, { openingHours });
  for (let at = 0; at < 8; at += 1) {
    const provider = await directory.provider(organization.id);
    await directory.assignment(provider.id, clinic.id);
  }
  paths = {
    record: `/clinics/${clinic.id}`,
    list: `/providers?organizationId=${organization.id}`,
    staff: `/assignments/clinic/${clinic.id}/staff`,
    small: `/organizations/${organization.id}`,
  };
});
afterAll(() => service.stop());

const codingOf = ({ headers }: BytesAnswer) => headers['content-encoding'] ?? 'identity';
const accepting = (accept: string | undefined) => (accept === undefined ? {} : { 'accept-encoding': accept });
const decoded = (answer: BytesAnswer) =>
  jsonOf({ ...answer, bytes: DECODERS[codingOf(answer)]?.(answer.bytes) ?? Buffer.alloc(0) });

describe.each([
  [undefined, 'identity'],
  ['', 'identity'],
  ['identity', 'identity'],
  ['identity;q=1, gzip;q=0.5', 'identity'],
  ['identity;q=0.5, gzip;q=0.2', 'identity'],
  ['gzip', 'gzip'],
  ['br', 'br'],
  ['zstd', 'zstd'],
  ['GZIP', 'gzip'],
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip, deflate, br', 'br'],
  ['gzip, zstd', 'zstd'],
  ['br;q=0.1, gzip;q=0.9', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['gzip;q=0', 'identity'],
  ['identity;q=0, gzip;q=0.1', 'gzip'],
  ['identity, gzip', 'gzip'],
  ['*', 'br'],
  ['br;q=0, *', 'zstd'],
  ['*;q=0.1, gzip', 'gzip'],
  ['gzip, *;q=0', 'gzip'],
  ['deflate', 'identity'],
  ['deflate, compress', 'identity'],
  ['snappy, gzip;q=0.3', 'gzip'],
  // Nothing that is known is acceptable: the answer as it is may still be of use (RFC 9110 12.5.3).
  ['identity;q=0', 'identity'],
  ['*;q=0', 'identity'],
  ['deflate, identity;q=0', 'identity'],
])('who sends Accept-Encoding: %j', (accept, coding) => {
  it(`gets ${coding}, from the database as from the cache`, async () => {
    for (const path of [paths.record, paths.list, paths.staff]) {
      const plain = jsonOf(await client.get(path));
      for (const asked of [{ 'cache-control': 'no-cache' }, {}, {}]) {
        const answer = await client.get(path, { ...accepting(accept), ...asked });
        expect([path, answer.status, codingOf(answer)]).toEqual([path, 200, coding]);
        expect(sameCursors(decoded(answer))).toEqual(sameCursors(plain));
        expect(Number(answer.headers['content-length'])).toBe(answer.bytes.length);
        expect(answer.headers['transfer-encoding']).toBeUndefined();
        expect(answer.headers.vary).toContain('Accept-Encoding');
        expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
      }
    }
  });
});

/** Cursors are sealed anew by each page that is read. */
const sameCursors = (body: unknown) => ({ ...Object(body), page: undefined });

describe.each(CODINGS)('an answer in %s', (coding) => {
  const inCoding = accepting(coding);

  it('is smaller, unless it is small already', async () => {
    const plain = await client.get(paths.record);
    const answer = await client.get(paths.record, inCoding);
    expect(plain.bytes.length).toBeGreaterThan(1024);
    if (coding !== 'identity') expect(answer.bytes.length).toBeLessThan(plain.bytes.length);
    const small = await client.get(paths.small, inCoding);
    expect(small.bytes.length).toBeLessThan(1024);
    expect([codingOf(small), small.headers.vary]).toEqual(['identity', plain.headers.vary]);
    expect(small.headers.etag).toMatch(/^"\d+"$/);
  });

  it('has a strong tag of its own for a whole record, and the weak one of all codings for a list', async () => {
    const { etag } = (await client.get(paths.record, inCoding)).headers;
    expect(etag).toBe(coding === 'identity' ? '"1"' : `"1-${coding}"`);
    const [list, other] = [await client.get(paths.list, inCoding), await client.get(paths.list)];
    expect(list.headers.etag).toMatch(/^W\/"[\w-]{27}"$/);
    expect(list.headers.etag).toBe(other.headers.etag);
  });

  it('is a 304 for its own tag, without Content-Encoding and Content-Length', async () => {
    for (const path of [paths.record, paths.list]) {
      const { etag = '' } = (await client.get(path, inCoding)).headers;
      const { status, headers, bytes } = await client.get(path, { ...inCoding, 'if-none-match': etag });
      expect([status, headers.etag, bytes.length, headers['x-cache']]).toEqual([304, etag, 0, 'HIT']);
      expect([headers['content-encoding'], headers['content-length'], headers['content-type']]).toEqual(Array(3));
      expect(headers.vary).toContain('Accept-Encoding');
    }
  });

  it('has a tag that a change may name', async () => {
    const directory = new Directory(service.api);
    const organization = await directory.organization();
    const openingHours = Object.fromEntries(WEEK.map((day) => [day, SHIFTS]));
    const path = `/clinics/${(await directory.clinic(organization.id, { openingHours })).id}`;
    const { etag = '' } = (await client.get(path, inCoding)).headers;
    const change = () => client.patch(path, { name: 'Renamed' }, { ...inCoding, 'if-match': etag });
    const changed = await change();
    const next = coding === 'identity' ? '"2"' : `"2-${coding}"`;
    expect([changed.status, codingOf(changed), changed.headers.etag]).toEqual([200, coding, next]);
    expect(decoded(changed)).toMatchObject({ name: 'Renamed', version: 2 });
    expect((await change()).status).toBe(412);
    const after = await client.get(path, { ...inCoding, 'if-none-match': etag });
    expect([after.status, after.headers.etag]).toEqual([200, next]);
    expect((await client.get(path, { ...inCoding, 'if-none-match': next })).status).toBe(304);
  });

  it('has the headers of GET for HEAD', async () => {
    const [get, head] = [await client.get(paths.list, inCoding), await client.head(paths.list, inCoding)];
    for (const name of ['content-length', 'content-encoding', 'etag', 'vary', 'link']) {
      expect([name, head.headers[name]]).toEqual([name, get.headers[name]]);
    }
    expect(head.bytes.length).toBe(0);
  });
});
