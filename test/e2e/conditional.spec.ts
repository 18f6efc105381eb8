import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/api-client.js';
import { Directory } from '../support/directory.js';
import { startService, type TestService } from '../support/service.js';
import { expectProblem } from './problem-shape.js';
import { make, resourceCases, UNKNOWN_ID } from './resource-cases.js';

let service: TestService;
let api: ApiClient;
let directory: Directory;
beforeAll(async () => {
  service = await startService();
  api = service.api;
  directory = new Directory(api);
});
afterAll(() => service.stop());

/** If-Match of a record at version 2. */
const MATCHES = [
  '"2"',
  '*',
  ' * ',
  '"1", "2"',
  '"1","2"',
  '"2-gzip"',
  '"2-br"',
  '"2-zstd"',
  'W/"2", "2"',
  '"abc", "2"',
];
const DIFFERS = ['"1"', '"3"', 'W/"2"', 'W/"2-gzip"', '2', '"02x"', '"2-deflate"', '""', '"*"', ',', '"1", W/"2"'];

describe.each(resourceCases)('If-Match on $name', (resource) => {
  const { path, textField } = resource;
  const atVersionTwo = async () => {
    const { id } = await make(resource, api, directory);
    await api.patch(`${path}/${id}`, {});
    return `${path}/${id}`;
  };

  it('writes that name the current version go through', async () => {
    for (const tag of MATCHES) {
      const url = await atVersionTwo();
      const answer = await api.patch(url, { [textField]: 'Changed' }, { 'if-match': tag });
      expect([tag, answer.status, answer.body['version']]).toEqual([tag, 200, 3]);
    }
  });

  it('writes that do not are refused and change nothing', async () => {
    const url = await atVersionTwo();
    const before = (await api.get(url)).body;
    const { version: _, id: __, createdAt: ___, updatedAt: ____, ...body } = before;
    for (const tag of DIFFERS) {
      for (const answer of [
        await api.patch(url, { [textField]: 'Changed' }, { 'if-match': tag }),
        await api.put(url, body, { 'if-match': tag }),
        await api.delete(url, {}, { 'if-match': tag }),
      ]) {
        expect([tag, answer.status]).toEqual([tag, 412]);
        expectProblem(answer, 'precondition-failed');
      }
    }
    expect((await api.get(url)).body).toEqual(before);
  });

  it('a removal that names the current version goes through, and its repetition names the next one', async () => {
    const url = await atVersionTwo();
    expect((await api.delete(url, {}, { 'if-match': '"2"' })).status).toBe(204);
    expectProblem(await api.delete(url, {}, { 'if-match': '"2"' }), 'precondition-failed');
    expect((await api.delete(url, {}, { 'if-match': '"3"' })).status).toBe(204);
    expect((await api.get(url)).body['version']).toBe(3);
  });

  it('of many writers that read the same version, exactly one wins', async () => {
    const url = await atVersionTwo();
    const writers = Array.from({ length: 12 }, (_, writer) =>
      writer % 3 === 0
        ? api.delete(url, {}, { 'if-match': '"2"' })
        : api.patch(url, { [textField]: `Writer ${writer}` }, { 'if-match': '"2"' }),
    );
    const answers = await Promise.all(writers);
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status >= 300)) expectProblem(answer, 'precondition-failed');
    expect((await api.get(url)).body['version']).toBe(3);
  });

  it('an unknown record is a 404, whatever the condition', async () => {
    expectProblem(await api.patch(`${path}/${UNKNOWN_ID}`, {}, { 'if-match': '*' }), 'not-found');
    expectProblem(await api.delete(`${path}/${UNKNOWN_ID}`, {}, { 'if-match': '"1"' }), 'not-found');
  });
});

describe.each(resourceCases)('If-None-Match on $name', (resource) => {
  const { path } = resource;

  it('who has the current version gets a 304 without a body', async () => {
    const { id } = await make(resource, api, directory);
    for (const tag of ['"1"', 'W/"1"', '"1-gzip"', '*', '"7", "1"']) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await api.request(method, `${path}/${id}`, { headers: { 'if-none-match': tag } });
        expect([tag, answer.status, answer.body]).toEqual([tag, 304, '']);
        expect(answer.headers.get('etag')).toBe('"1"');
        expect(answer.headers.get('cache-control')).toBe('private, no-cache');
        expect(answer.headers.get('vary')).toContain('Authorization');
      }
    }
  });

  it('who has another version gets the record', async () => {
    const record = await make(resource, api, directory);
    await api.patch(`${path}/${record.id}`, {});
    for (const tag of ['"1"', 'W/"1"', '"3"', 'nonsense', '"22"']) {
      const { status, body } = await api.get(`${path}/${record.id}`, {}, { 'if-none-match': tag });
      expect([tag, status, body['version']]).toEqual([tag, 200, 2]);
    }
  });

  it('selected fields are no full record: they carry no version tag and are always answered', async () => {
    const { id } = await make(resource, api, directory);
    const answer = await api.get(`${path}/${id}`, { fields: 'version' }, { 'if-none-match': '"1"' });
    expect([answer.status, answer.body]).toEqual([200, { id, version: 1 }]);
    expect(answer.headers.get('etag')).not.toBe('"1"');
  });

  it('HEAD answers what GET would, without the body', async () => {
    const { id } = await make(resource, api, directory);
    for (const url of [`${path}/${id}`, path]) {
      const get = await api.get(url);
      const head = await api.request('HEAD', url);
      expect([head.status, head.body]).toEqual([200, '']);
      for (const name of ['etag', 'content-type', 'cache-control', 'vary', 'link']) {
        expect([name, sameCursor(head.headers.get(name))]).toEqual([name, sameCursor(get.headers.get(name))]);
      }
    }
    expect((await api.request('HEAD', `${path}/${UNKNOWN_ID}`)).status).toBe(404);
  });
});

/** Cursors are sealed anew each time. */
const sameCursor = (header: string | null) => header?.replace(/cursor=[\w-]+/, 'cursor=any');

describe('with REQUIRE_IF_MATCH=true', () => {
  let strict: TestService;
  beforeAll(async () => {
    strict = await startService({ REQUIRE_IF_MATCH: 'true' });
  });
  afterAll(() => strict.stop());

  it.each(resourceCases)('a change of $name must name the version that it changes', async (resource) => {
    const {
      id,
      version: _,
      createdAt: __,
      updatedAt: ___,
      ...body
    } = await make(resource, strict.api, new Directory(strict.api));
    const url = `${resource.path}/${id}`;
    for (const answer of [
      await strict.api.patch(url, {}),
      await strict.api.put(url, body),
      await strict.api.delete(url),
    ]) {
      expectProblem(answer, 'precondition-required');
    }
    expect((await strict.api.get(url)).body['version']).toBe(1);
    expect((await strict.api.patch(url, {}, { 'if-match': '"1"' })).status).toBe(200);
    expect((await strict.api.put(url, body, { 'if-match': '*' })).status).toBe(200);
    expect((await strict.api.delete(url, {}, { 'if-match': '"3"' })).status).toBe(204);
  });
});
