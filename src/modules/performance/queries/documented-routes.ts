import { apiDocument } from '../../docs/api-document.js';
import { DOCS_PATH } from '../../docs/docs-page.js';

/** A parameter of a route's path or query. */
export interface RouteParameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly example: string | undefined;
}

/** A route as the API's document has it. */
export interface DocumentedRoute {
  /** Such as `GET /api/v1/clinics/{id}`. */
  readonly name: string;
  readonly template: string;
  /** Where the browsable documentation shows it. */
  readonly documentation: string;
  /** Whether it only reads, and nothing but the directory. */
  readonly readsDirectory: boolean;
  readonly parameters: readonly RouteParameter[];
}

let routes: ReadonlyMap<string, DocumentedRoute> | undefined;

/** The routes of the document by their names; made at the first use, as the document is large. */
export function documentedRoutes(): ReadonlyMap<string, DocumentedRoute> {
  routes ??= new Map(
    Object.entries(apiDocument().paths ?? {}).flatMap(([template, path]) =>
      ['get', 'post', 'put', 'patch', 'delete'].flatMap((method): (readonly [string, DocumentedRoute])[] => {
        const operation: unknown = Reflect.get(path, method);
        if (!isObject(operation)) return [];
        const route = routeOf(method, template, operation, path.parameters ?? []);
        return [[route.name, route]];
      }),
    ),
  );
  return routes;
}

type Json = Readonly<Record<string, unknown>>;

function routeOf(method: string, template: string, operation: Json, shared: readonly unknown[]): DocumentedRoute {
  const [tag] = listOf(operation['tags']);
  return {
    name: `${method.toUpperCase()} ${template}`,
    template,
    documentation: `${DOCS_PATH}#/${String(tag)}/${String(operation['operationId'])}`,
    readsDirectory: method === 'get' && operation['x-required-scope'] === 'directory:read',
    parameters: [...shared, ...listOf(operation['parameters'])].flatMap(parameterOf),
  };
}

/** Those of the headers are references, or stand for themselves. */
function parameterOf(parameter: unknown): RouteParameter[] {
  if (!isObject(parameter)) return [];
  const { name, in: place, required, schema } = parameter;
  if (typeof name !== 'string' || (place !== 'path' && place !== 'query')) return [];
  const [example] = isObject(schema) ? listOf(schema['examples']) : [];
  const text = Array.isArray(example) ? example.join(',') : example;
  return [{ name, in: place, required: required === true, example: text === undefined ? undefined : String(text) }];
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
