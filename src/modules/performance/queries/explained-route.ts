import { pointer } from '../../../common/problems/problem-errors.js';
import { Problem, type ProblemError } from '../../../common/problems/problems.js';
import { type DocumentedRoute, documentedRoutes } from './documented-routes.js';
import type { ExplainBody } from './query-reports.js';

/** A request of one of the API's routes. */
export interface RouteRequest {
  readonly route: string;
  /** Path and query. */
  readonly url: string;
}

/**
 * The request that the body describes.
 * @throws {Problem} `validation-failed` that names what is unknown or missing
 */
export function routeRequest({ route: name, parameters = {} }: ExplainBody): RouteRequest {
  const route = documentedRoutes().get(name);
  if (!route?.readsDirectory) {
    const known = [...documentedRoutes().values()].filter(({ readsDirectory }) => readsDirectory);
    const message = `must be one of ${known.map((one) => one.name).join(', ')}`;
    throw new Problem('validation-failed', { errors: [{ pointer: '/route', message }] });
  }
  const errors = mistakes(route, parameters);
  if (errors.length > 0) throw new Problem('validation-failed', { errors });
  const query = new URLSearchParams();
  let path = route.template;
  for (const { name: parameter, in: place } of route.parameters) {
    const value = parameters[parameter];
    if (value === undefined) continue;
    if (place === 'path') path = path.replace(`{${parameter}}`, encodeURIComponent(value));
    else query.set(parameter, String(value));
  }
  return { route: name, url: query.size === 0 ? path : `${path}?${query}` };
}

function mistakes(route: DocumentedRoute, given: Readonly<Record<string, unknown>>): ProblemError[] {
  const names = new Set(route.parameters.map(({ name }) => name));
  const unknown = Object.keys(given).filter((name) => !names.has(name));
  const missing = route.parameters.filter(({ name, required }) => required && (given[name] ?? '') === '');
  return [
    ...unknown.map((name) => ({ pointer: pointer(['parameters', name]), message: 'is not known' })),
    ...missing.map(({ name }) => ({ pointer: pointer(['parameters', name]), message: 'is required' })),
  ];
}

/** What the route itself finds wrong with its parameters, by their places in the body. */
export function refusedByRoute(answer: string): Problem {
  const problem: unknown = JSON.parse(answer);
  const read = (member: string): unknown =>
    typeof problem === 'object' && problem !== null ? Reflect.get(problem, member) : undefined;
  const errors = read('errors');
  return new Problem('validation-failed', {
    detail: `The route refuses it: ${[read('title'), read('detail')].filter((part) => part !== undefined).join('. ')}`,
    ...(Array.isArray(errors) && {
      errors: errors.map(({ parameter, message }) => ({
        pointer: pointer(['parameters', String(parameter)]),
        message: String(message),
      })),
    }),
  });
}
