import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { publicName } from '../../src/common/lists/list-shapes.js';
import { startService, type TestService } from '../support/service.js';
import { RESOURCES } from './crowded-directory.js';

/** The lists that clients may ask for, by filters and sort; of one that finds a single row, the sort doesn't matter. */
const SERVED: Readonly<Record<string, readonly string[]>> = {
  organizations: [
    'slug',
    ' by createdAt',
    ' by name',
    'status by createdAt',
    'status by name',
    'subscriptionTier by createdAt',
    'status,subscriptionTier by createdAt',
    'search by id',
  ],
  clinics: [
    'organizationId,code',
    'organizationId by createdAt',
    'organizationId by name',
    'organizationId,status by createdAt',
    'organizationId,status by name',
    'organizationId,search by id',
    ' by createdAt',
    'status by createdAt',
  ],
  providers: [
    'organizationId,licenseNumber',
    'organizationId by createdAt',
    'organizationId by lastName',
    'organizationId,status by createdAt',
    'organizationId,status by lastName',
    'organizationId,specialty by lastName',
    'organizationId,specialty by createdAt',
    'organizationId,search by id',
    ' by createdAt',
    'status by createdAt',
  ],
  assignments: [
    'providerId,isActive by assignedAt',
    'clinicId,isActive by assignedAt',
    'organizationId by assignedAt',
    'organizationId,isActive by assignedAt',
    'organizationId,role by assignedAt',
    'organizationId,role,isActive by assignedAt',
    'organizationId,providerId by assignedAt',
    'organizationId,providerId,isActive by assignedAt',
    'organizationId,clinicId by assignedAt',
    'organizationId,clinicId,isActive by assignedAt',
    ' by assignedAt',
    'isActive by assignedAt',
  ],
  keys: ['organizationId by createdAt', ' by createdAt'],
  audit: [' by createdAt', 'organizationId by createdAt', 'recordId by createdAt', 'keyId by createdAt'],
};

const VALUES: Readonly<Record<string, string>> = {
  organizationId: '665f1c2ab7e4d1f0a1b2c3d4',
  providerId: '665f1c2ab7e4d1f0a1b2c3d4',
  clinicId: '665f1c2ab7e4d1f0a1b2c3d4',
  status: 'active',
  subscriptionTier: 'free',
  isActive: 'true',
  recordId: '665f1c2ab7e4d1f0a1b2c3d4',
};

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const subsets = ([name, ...others]: readonly string[]): string[][] =>
  name === undefined ? [[]] : subsets(others).flatMap((set) => [set, [name, ...set]]);

const parsed = (line: string) => {
  const [filters = '', sort = null] = line.split(' by ');
  return { filters: filters === '' ? [] : filters.split(','), sort };
};

describe.each(RESOURCES)('$resource.name', ({ resource, path }) => {
  const served = (SERVED[resource.name] ?? []).map(parsed);
  const names = [...Object.keys(resource.filters), ...(resource.searched ? ['search'] : [])];
  const serves = (filters: readonly string[], sort: string): boolean =>
    served.some(
      (one) =>
        (one.sort === null || one.sort === sort) &&
        one.filters.length === filters.length &&
        one.filters.every((name) => filters.includes(name)),
    );

  it('answers the combinations that an index serves, and refuses all others with a list of them', async () => {
    for (const filters of subsets(names)) {
      for (const sort of [...resource.sorts, '_id'].map(publicName)) {
        const query = { ...Object.fromEntries(filters.map((name) => [name, VALUES[name] ?? 'word'])), sort };
        const { status, body } = await service.api.get(path, query);
        const answered = [query, status, body['type'], body['served']];
        const refusal = [400, '/api/v1/problems/query-not-served', served];
        expect(answered).toEqual([query, ...(serves(filters, sort) ? [200, undefined, undefined] : refusal)]);
      }
    }
  });
});
