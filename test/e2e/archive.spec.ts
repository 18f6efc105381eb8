import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/api-client.js';
import { type ApiRecord, Directory } from '../support/directory.js';
import { startService, type TestService } from '../support/service.js';
import { expectProblem } from './problem-shape.js';
import { archivableCases, make } from './resource-cases.js';

let service: TestService;
let api: ApiClient;
let directory: Directory;
beforeAll(async () => {
  service = await startService();
  api = service.api;
  directory = new Directory(api);
});
afterAll(() => service.stop());

describe.each(archivableCases)('$name', (resource) => {
  const { path, textField } = resource;
  const archived = async (fields: Record<string, unknown> = {}): Promise<ApiRecord> => {
    const record = await make(resource, api, directory, fields);
    const answer = await api.delete(`${path}/${record.id}`);
    expect([answer.status, answer.body]).toEqual([204, '']);
    return record;
  };

  it('DELETE archives: the record still answers, one version later', async () => {
    const record = await archived();
    const { status, body } = await api.get(`${path}/${record.id}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      ...record,
      status: 'archived',
      version: 2,
      updatedAt: body['updatedAt'],
      archivedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it('DELETE of an archived record changes nothing', async () => {
    const record = await archived();
    const before = (await api.get(`${path}/${record.id}`)).body;
    expect((await api.delete(`${path}/${record.id}`)).status).toBe(204);
    expect((await api.delete(`${path}/${record.id}`, { cascade: true })).status).toBe(204);
    expect((await api.get(`${path}/${record.id}`)).body).toEqual(before);
  });

  it('an archived record is no longer found by a search, but its list still has it', async () => {
    const record = await archived({ [textField]: 'Vanishing Point' });
    const rows = async (query: Record<string, string>) => {
      const page = await api.page(path, query);
      return page.body.data.map(({ id }) => id);
    };
    const { organizationId } = record;
    const searched = { search: 'vanishing', ...(organizationId ? { organizationId: String(organizationId) } : {}) };
    expect(await rows(searched)).not.toContain(record.id);
    expect(await rows({ status: 'archived' })).toContain(record.id);
    expect(await rows({})).toContain(record.id);
    await api.patch(`${path}/${record.id}`, { status: 'active' });
    expect(await rows(searched)).toContain(record.id);
  });

  it('an archived record refuses changes until it is brought back by its status', async () => {
    const record = await archived();
    const { version: _, id, createdAt, updatedAt, ...body } = record;
    const before = (await api.get(`${path}/${id}`)).body;
    expectProblem(await api.patch(`${path}/${id}`, { [textField]: 'Renamed' }), 'archived');
    expectProblem(await api.put(`${path}/${id}`, { ...body, status: undefined }), 'archived');
    expect((await api.get(`${path}/${id}`)).body).toEqual(before);
    const restored = await api.patch(`${path}/${id}`, { status: 'active', [textField]: 'Renamed' });
    expect(restored.status).toBe(200);
    expect(restored.body).toEqual({
      ...record,
      [textField]: 'Renamed',
      version: 3,
      updatedAt: restored.body['updatedAt'],
    });
    expect(createdAt).toBe(restored.body['createdAt']);
    expect(updatedAt).not.toBeUndefined();
  });

  it('PUT with a status brings it back as well', async () => {
    const record = await archived();
    const { version: _, id, createdAt: __, updatedAt: ___, ...body } = record;
    const answer = await api.put(`${path}/${id}`, body);
    expect(answer.body).toMatchObject({ status: 'active', version: 3 });
    expect(answer.body).not.toHaveProperty('archivedAt');
  });

  it.each(['POST', 'PUT', 'PATCH'])('%s cannot archive', async (method) => {
    const body = { ...(await resource.body(directory)), status: 'archived' };
    const record = await make(resource, api, directory);
    const answer = await api.request(method, method === 'POST' ? path : `${path}/${record.id}`, {
      body: method === 'PATCH' ? { status: 'archived' } : body,
    });
    expectProblem(answer, 'validation-failed');
    expect(answer.body['errors']).toEqual([
      expect.objectContaining({ pointer: '/status', message: expect.stringMatching(/^must be one of active, /) }),
    ]);
  });

  it('cascade is true or false, nothing else', async () => {
    const record = await make(resource, api, directory);
    expectProblem(await api.delete(`${path}/${record.id}`, { cascade: 'yes' }), 'validation-failed');
    expectProblem(await api.delete(`${path}/${record.id}`, { force: 'true' }), 'validation-failed');
    expect((await api.get(`${path}/${record.id}`)).body).toEqual(record);
  });
});
