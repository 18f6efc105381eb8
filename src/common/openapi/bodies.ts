import type { z } from 'zod';
import type { ZodOpenApiContentObject, ZodOpenApiRequestBodyObject } from 'zod-openapi';
import type { ResourceDefinition } from '../resource/resource.js';

/** The content of a JSON answer. */
export const json = (schema: z.ZodType, example: unknown): ZodOpenApiContentObject => ({
  'application/json': { schema, example },
});

/** A required body, of one of the media types. */
export const requestBody = (
  types: Readonly<Record<string, z.ZodType>>,
  example: unknown,
): ZodOpenApiRequestBodyObject => ({
  required: true,
  content: Object.fromEntries(Object.entries(types).map(([type, schema]) => [type, { schema, example }])),
});

/** The resource's example as the body that the schema takes. */
export const bodyExample = ({ example }: ResourceDefinition, body: z.ZodObject): Record<string, unknown> =>
  Object.fromEntries(
    Object.keys(body.shape)
      .filter((field) => example[field] !== undefined)
      .map((field) => [field, example[field]]),
  );

/** A patch that sets the first member that can change and removes the last one that can be missing. */
export function patchExample(resource: ResourceDefinition): Record<string, unknown> {
  const members = Object.entries<z.ZodType>(resource.replacement.shape).filter(
    ([field]) => !resource.immutable.includes(field) && resource.example[field] !== undefined,
  );
  const [set] = members;
  const removed = members.findLast(([, schema]) => schema.safeParse(undefined).success);
  return {
    ...(set && { [set[0]]: resource.example[set[0]] }),
    ...(removed && removed[0] !== set?.[0] ? { [removed[0]]: null } : {}),
  };
}
