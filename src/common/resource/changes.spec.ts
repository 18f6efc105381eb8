import { describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { z } from 'zod';
import { Problem, type ProblemError } from '../problems/problems.js';
import { bodyChanges, patchedBody, replacedBody } from './changes.js';
import { defineResource } from './resource.js';
import { recordId } from './scalars.js';

const resource = defineResource({
  name: 'clinics',
  singular: 'clinic',
  body: z.strictObject({
    organizationId: recordId(),
    name: z.string().min(2),
    status: z.enum(['active', 'inactive']).optional(),
    phone: z.string().optional(),
    address: z.strictObject({ city: z.string().optional(), state: z.string().optional() }).optional(),
    tags: z.array(z.string()).optional(),
  }),
  immutable: ['organizationId'],
  filters: {},
  sorts: [],
  defaultSort: '-createdAt',
  indexes: [],
  example: {},
});
const organizationId = new ObjectId();
const current = {
  ...{ _id: new ObjectId(), version: 3, createdAt: new Date(), organizationId },
  ...{ name: 'Port Lions', status: 'active', address: { city: 'Juneau', state: 'AK' }, tags: ['a', 'b'] },
};
const body = { organizationId: organizationId.toHexString(), name: 'Port Lions', status: 'active' };
const rest = { address: { city: 'Juneau', state: 'AK' }, tags: ['a', 'b'] };

const errorsOf = (work: () => unknown): readonly ProblemError[] | undefined => {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem && error.kind === 'validation-failed') return error.details.errors;
    throw error;
  }
  throw new Error('it was not refused');
};

describe('a patch', () => {
  it.each<[string, object, object]>([
    ['of nothing leaves the record', {}, { ...body, ...rest }],
    ['sets a field', { phone: '1' }, { ...body, ...rest, phone: '1' }],
    ['removes a field by null', { tags: null }, { ...body, address: rest.address }],
    ['merges an object', { address: { city: 'Nome' } }, { ...body, ...rest, address: { city: 'Nome', state: 'AK' } }],
    ['removes within an object', { address: { city: null } }, { ...body, ...rest, address: { state: 'AK' } }],
    ['replaces an array', { tags: ['c'] }, { ...body, ...rest, tags: ['c'] }],
    ['may repeat what never changes', { organizationId: body.organizationId }, { ...body, ...rest }],
  ])('%s', (_, patch, expected) => {
    expect(patchedBody(resource, current, patch)).toEqual(expected);
  });

  it.each<[string, unknown, unknown]>([
    ['an unknown field', { colour: 'red' }, { pointer: '/colour', message: 'is not known' }],
    ['an unknown field to remove', { colour: null }, { pointer: '/colour', message: 'is not known' }],
    ['an unknown field within', { address: { zip: null } }, { pointer: '/address/zip', message: 'is not known' }],
    ['a name that needs escaping', { 'a/b~c': 1 }, { pointer: '/a~1b~0c', message: 'is not known' }],
    ["the service's own field", { version: 9 }, { pointer: '/version', message: 'is not known' }],
    ['the id', { id: 'x' }, { pointer: '/id', message: 'is not known' }],
    ['the wrong type', { name: 1 }, { pointer: '/name', message: 'must be of type string' }],
    ['the removal of what must be there', { name: null }, { pointer: '/name', message: 'is required' }],
    [
      'a move to another parent',
      { organizationId: new ObjectId().toHexString() },
      { pointer: '/organizationId', message: 'cannot be changed' },
    ],
    ['a removal of the parent', { organizationId: null }, { pointer: '/organizationId', message: 'cannot be changed' }],
    ['a status that only removal leads to', { status: 'archived' }, expect.objectContaining({ pointer: '/status' })],
    ['an array', [], { pointer: '', message: 'must be a JSON object' }],
    ['a text', 'name', { pointer: '', message: 'must be a JSON object' }],
    ['null', null, { pointer: '', message: 'must be a JSON object' }],
    ['nothing', undefined, { pointer: '', message: 'must be a JSON object' }],
  ])('is refused for %s', (_, patch, error) => {
    expect(errorsOf(() => patchedBody(resource, current, patch))).toEqual([error]);
  });

  it('of an archived record has no status until it names one', () => {
    const archived = { ...current, status: 'archived' };
    expect(patchedBody(resource, archived, {})).not.toHaveProperty('status');
    expect(patchedBody(resource, archived, { status: 'active' })).toHaveProperty('status', 'active');
  });
});

describe('a replacement', () => {
  it.each([
    ['that leaves out what never changes', { name: 'New' }],
    ['that repeats it', { name: 'New', organizationId: body.organizationId }],
  ])('%s is taken', (_, replacement) => {
    expect(replacedBody(resource, current, replacement as never)).toEqual(replacement);
  });

  it('that moves the record is refused', () => {
    const moved = { name: 'New', organizationId: new ObjectId().toHexString() };
    expect(errorsOf(() => replacedBody(resource, current, moved as never))).toEqual([
      { pointer: '/organizationId', message: 'cannot be changed' },
    ]);
  });
});

it('a body removes what it leaves out, but for what never changes', () => {
  expect(bodyChanges(resource, { name: 'New', phone: '1' })).toEqual({
    ...{ name: 'New', phone: '1' },
    ...{ status: undefined, address: undefined, tags: undefined },
  });
  expect('organizationId' in bodyChanges(resource, { name: 'New' })).toBe(false);
  expect('tags' in bodyChanges(resource, { name: 'New' })).toBe(true);
});
