import { z } from 'zod';
import type { oas31 } from 'zod-openapi';
import { DEEPEST_OFFSET_ROW, DEFAULT_LIMIT, MAX_LIMIT } from '../lists/list-query.js';
import type { ResourceDefinition } from '../resource/resource.js';
import { searchTerm } from '../resource/search-terms.js';
import { selectablePaths } from '../resource/selection.js';

type Rendered = oas31.SchemaObject;

/**
 * The query of a route as documented parameters: what each parses its text into (a number, a list), a
 * description, and an example. The examples are the schema's, as a page for trying out fills in others.
 */
export function queryParameters(resource: ResourceDefinition, query: z.ZodObject): z.ZodObject {
  const parameters = Object.entries<z.ZodType>(query.shape).map(([name, schema]) => [
    name,
    schema.meta({
      description: schema.description ?? `Only ${resource.name} with this \`${name}\`.`,
      param: name === 'fields' ? { style: 'form', explode: false } : {},
      override: ({ jsonSchema }) => {
        const rendered = renderedAs(resource, name, schema);
        if (rendered !== undefined)
          for (const keyword of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, keyword);
        const example = exampleOf(resource, name);
        Object.assign(jsonSchema, rendered, example === undefined ? {} : { examples: [example] });
        // The parameter has it.
        delete jsonSchema.description;
      },
    }),
  ]);
  return z.strictObject(Object.fromEntries(parameters));
}

/** Where the text of the URL stands for something else than a string. */
function renderedAs(resource: ResourceDefinition, name: string, schema: z.ZodType): Rendered | undefined {
  switch (name) {
    case 'limit':
      return { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT };
    case 'page':
      return { type: 'integer', minimum: 1, maximum: DEEPEST_OFFSET_ROW };
    case 'fields':
      return { type: 'array', minItems: 1, items: { type: 'string', enum: selectablePaths(resource.record) } };
    default:
      return isBoolean(schema) ? { type: 'boolean', ...booleanDefault(schema) } : undefined;
  }
}

/** Whether the parameter takes `true` and `false` and nothing else. */
const isBoolean = (schema: z.ZodType): boolean =>
  schema.safeParse('true').data === true && schema.safeParse('false').data === false;

function booleanDefault(schema: z.ZodType): Rendered {
  const absent = schema.safeParse(undefined).data;
  return typeof absent === 'boolean' ? { default: absent } : {};
}

function exampleOf(resource: ResourceDefinition, name: string): unknown {
  switch (name) {
    case 'limit':
      return 50;
    case 'page':
      return 2;
    case 'cursor':
      return 'q83vEjRWeJq83vEjRWeJq83vEjRW';
    case 'fields':
      return Object.keys(resource.record.shape).slice(0, 3);
    case 'sort':
      return resource.defaultSort;
    case 'count':
      return 'exact';
    case 'search':
      return searchTerm(resource.searched?.(resource.example)[0] ?? '').split(' ')[0];
    default:
      return resource.example[name];
  }
}
