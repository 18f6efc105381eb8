import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { createDocument } from 'zod-openapi';
import { index } from '../resource/index-spec.js';
import { defineResource } from '../resource/resource.js';
import { booleanParameter } from '../resource/scalars.js';
import { resourcePaths } from './resource-paths.js';
import { resourceSchemas } from './resource-schemas.js';

/** The document of an invented resource with these filters. */
function documentOf(filters: Readonly<Record<string, z.ZodType>>) {
  const resource = defineResource({
    name: 'chairs',
    singular: 'chair',
    body: z.strictObject({ room: z.string(), maker: z.strictObject({ name: z.string() }).optional() }),
    immutable: ['room'],
    filters,
    sorts: ['createdAt'],
    defaultSort: '-createdAt',
    indexes: [
      index({ createdAt: -1, _id: -1 }),
      ...Object.keys(filters).map((filter) => index({ [filter]: 1, createdAt: -1, _id: -1 })),
    ],
    example: { id: '665f1c2ab7e4d1f0a1b2c3d4', room: 'A', maker: { name: 'Sit' }, version: 1 },
  });
  return createDocument({
    openapi: '3.1.1',
    info: { title: 'Chairs', version: '1' },
    paths: resourcePaths({
      resource,
      schemas: resourceSchemas(resource),
      path: '/chairs',
      access: {
        list: { scope: 'directory:read' },
        get: { scope: 'directory:read' },
        create: { scope: 'directory:write' },
        change: { scope: 'directory:write' },
        remove: { scope: 'organizations:manage', platform: true },
      },
      refusals: { create: [], change: [], remove: [] },
      removal: { verb: 'archive', summary: 'Remove a chair' },
    }),
  });
}

const listOf = (filters: Readonly<Record<string, z.ZodType>>) => documentOf(filters).paths?.['/chairs']?.get;

it('a filter that is added to a definition shows up as a parameter with an example, and in the table', () => {
  const before = listOf({});
  const after = listOf({ room: z.string().max(10) });
  expect(JSON.stringify(before?.parameters)).not.toContain('"name":"room"');
  expect(after?.parameters).toContainEqual({
    in: 'query',
    name: 'room',
    description: 'Only chairs with this `room`.',
    schema: { type: 'string', maxLength: 10, examples: ['A'] },
  });
  expect(before?.description).not.toContain('`room`');
  expect(after?.description).toContain('| `room` | `createdAt` |');
});

it('a filter by true or false is a boolean to clients', () => {
  expect(listOf({ free: booleanParameter() })?.parameters).toContainEqual(
    expect.objectContaining({ name: 'free', schema: { type: 'boolean' } }),
  );
});

it('a merge patch may leave out or remove every member, but a body must have what is required', () => {
  const { schemas } = documentOf({}).components ?? {};
  expect(schemas).toMatchObject({
    NewChair: { required: ['room'], additionalProperties: false },
    ChairReplacement: { properties: { maker: { required: ['name'] } } },
    ChairPatch: {
      properties: {
        room: { type: ['string', 'null'] },
        maker: { anyOf: [{ properties: { name: { type: ['string', 'null'] } } }, { type: 'null' }] },
      },
    },
  });
  expect(schemas).not.toHaveProperty('ChairPatch.required');
  expect(schemas).not.toHaveProperty('ChairPatch.properties.maker.anyOf.0.required');
});

it('what `fields` leaves of a record has its id and anything else', () => {
  expect(documentOf({}).components?.schemas).toMatchObject({ SelectedChair: { required: ['id'] } });
});

it('an operation says which scope it needs, and whether only the platform has it', () => {
  const { paths } = documentOf({});
  expect(paths?.['/chairs']?.get).toMatchObject({
    'x-required-scope': 'directory:read',
    'x-platform-only': false,
    security: [{ bearer: [] }, { apiKey: [] }, { oauth2: ['directory:read'] }],
    description: expect.stringMatching(/Needs the scope `directory:read`\.$/),
  });
  expect(paths?.['/chairs/{id}']?.delete).toMatchObject({
    'x-required-scope': 'organizations:manage',
    'x-platform-only': true,
    description: expect.stringMatching(/Needs the scope `organizations:manage`, and a principal of the platform\.$/),
  });
});

it('what everybody who signs in can meet is on every operation', () => {
  const { paths, components } = documentOf({});
  const problemsOf = (responses: object | undefined, status: string) => {
    const { $ref = '' } = Reflect.get(responses ?? {}, status) as { $ref?: string };
    return Object.keys(components?.responses ?? {}).find((name) => $ref.endsWith(`/${name}`));
  };
  const { get, post } = paths?.['/chairs'] ?? {};
  for (const responses of [get?.responses, post?.responses]) {
    expect(problemsOf(responses, '403')).toBe('forbidden');
    expect(problemsOf(responses, '429')).toBe('quota-exceeded-or-too-many-logins');
    expect(problemsOf(responses, '431')).toBe('headers-too-large');
    expect(JSON.stringify(responses)).toContain('#/components/headers/RateLimit-Policy');
    expect(problemsOf(responses, '503')).toBe('overloaded-or-service-unavailable');
  }
  expect(problemsOf(get?.responses, '504')).toBe('deadline-exceeded');
  expect(problemsOf(post?.responses, '504')).toBe('deadline-exceeded-or-outcome-unknown');
});
