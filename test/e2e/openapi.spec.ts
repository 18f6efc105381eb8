import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PROBLEMS } from '../../src/common/problems/problems.js';
import { ApiClient } from '../support/api-client.js';
import { PLATFORM_KEY, startService, type TestService } from '../support/service.js';
import { routeAccess } from '../tenancy/route-access.js';
import { escaped, OpenApiContract } from './openapi-contract.js';

let service: TestService;
let contract: OpenApiContract;
beforeAll(async () => {
  service = await startService();
  const { body } = await new ApiClient(service.url, undefined).get('/api/v1/openapi.json');
  contract = new OpenApiContract(body);
});
afterAll(() => service.stop());

describe('the document', () => {
  it('lists the routes that the service serves, and no others', async () => {
    const documented = contract.operations.map(({ method, template }) => `${method} ${template}`);
    expect(documented.toSorted()).toEqual((await servedRoutes(service)).toSorted());
  });

  it('is given to anybody, and once only to a client that keeps it', async () => {
    const anybody = new ApiClient(service.url, undefined);
    const first = await anybody.get('/api/v1/openapi.json');
    expect(first.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const again = await anybody.get('/api/v1/openapi.json', {}, { 'if-none-match': String(first.headers.get('etag')) });
    expect([again.status, again.body]).toEqual([304, '']);
  });

  it('gives each operation a name of its own, a summary, and a tag that is described', () => {
    const names = contract.operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['listClinics', 'createClinic', 'getClinic', 'replaceClinic']));
    expect(names).toEqual(expect.arrayContaining(['patchClinic', 'archiveClinic', 'endAssignment']));
  });

  it('has examples that are as their schemas say', () => {
    const examples = [...examplesIn(contract.document)];
    expect(examples.length).toBeGreaterThan(200);
    const wrong = examples.flatMap(({ schema, example }) =>
      contract.mismatches(schema, example).map((mismatch) => `${schema}: ${mismatch}`),
    );
    expect(wrong).toEqual([]);
  });

  it('has no component that nothing refers to, but for the answer to methods that a path lacks', () => {
    const components = Object.entries(contract.document['components'] as Record<string, object>)
      .filter(([kind]) => kind !== 'securitySchemes')
      .flatMap(([kind, members]) => Object.keys(members).map((name) => `#/components/${kind}/${name}`));
    const text = JSON.stringify(contract.document);
    expect(components.filter((pointer) => !text.includes(`"$ref":"${pointer}"`))).toEqual([
      '#/components/responses/method-not-allowed',
    ]);
  });

  it('shows each problem of the table in some answer, and no other', () => {
    const text = JSON.stringify({ paths: contract.document['paths'], components: contract.document['components'] });
    const shown = [...text.matchAll(/"\$ref":"#\/components\/examples\/([^"]+)"/g)].map(([, name]) => name);
    expect([...new Set(shown)].toSorted()).toEqual(Object.keys(PROBLEMS).toSorted());
  });

  it('takes ids in either case, as the service does', () => {
    const id = '665F1C2AB7E4D1F0A1B2C3D4';
    const pointer = '#/paths/~1api~1v1~1clinics~1{id}/parameters/0/schema';
    expect(contract.mismatches(pointer, id)).toEqual([]);
    expect(contract.mismatches('#/components/schemas/NewProvider/properties/organizationId', id)).toEqual([]);
  });

  it('lets a merge patch leave out or remove any member, at any depth', () => {
    for (const patch of [{}, { name: null }, { address: null }, { address: { city: null } }]) {
      expect(contract.mismatches('#/components/schemas/ClinicPatch', patch)).toEqual([]);
    }
    expect(contract.mismatches('#/components/schemas/ClinicPatch', { nmae: null })).not.toEqual([]);
    expect(contract.mismatches('#/components/schemas/ClinicPatch', { name: 7 })).not.toEqual([]);
  });

  it('says of each operation who may call it, as its route does', () => {
    const routes = routeAccess(service);
    const wrong = contract.operations.filter(({ method, template, scope, platformOnly, security }) => {
      const access = routes.get(`${method} ${template}`);
      if (access === 'public') return scope !== undefined || security === undefined;
      const oauth2 = (security as Record<string, string[]>[] | undefined)?.find((one) => 'oauth2' in one)?.['oauth2'];
      const said = { scope, platform: platformOnly, oauth2 };
      return !isDeepStrictEqual(said, { ...access, oauth2: [access?.scope] });
    });
    expect(wrong.map(({ operationId }) => operationId)).toEqual([]);
  });

  it('says which combinations of filters and sort a list serves, as the service does when it refuses one', async () => {
    const lists = contract.operations.filter(
      ({ template, parameters }) => !template.includes('{') && parameters.some(({ name }) => name === 'cursor'),
    );
    expect(lists.length).toBeGreaterThan(5);
    for (const list of lists) {
      const { body } = await new ApiClient(service.url, PLATFORM_KEY).get(list.template, { sort: 'id' });
      const rows = (body['served'] as { filters: string[]; sort: string | null }[]).map(
        ({ filters, sort }) =>
          `| ${filters.length === 0 ? '(none)' : filters.map((name) => `\`${name}\``).join(', ')} | ${sort === null ? '(any, at most one row)' : `\`${sort}\``} |`,
      );
      const { value } = contract.find<{ description: string }>(`#/paths/${escaped(list.template)}/get`) ?? {};
      for (const row of rows) expect(value?.description).toContain(row);
    }
  });
});

/** As Fastify has them, the pages aside; HEAD goes without saying. */
async function servedRoutes({ app, url }: TestService): Promise<string[]> {
  const paths: string[] = [];
  const branch: string[] = [];
  for (const line of app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent, segment] = /^([│├└─ ]*)(\S+) \(/.exec(line) ?? [];
    if (indent === undefined || segment === undefined) continue;
    const depth = indent.length / 4 - 1;
    branch.splice(depth, branch.length, segment);
    paths.push(branch.join(''));
  }
  const routes = await Promise.all(
    paths
      .filter((path) => !path.startsWith('/api/docs') && !path.startsWith('/api/v1/performance/dashboard'))
      .map(async (path) => {
        // A method that no path has: the answer lists those that this one has.
        const { headers } = await fetch(`${url}${path.replaceAll(/:\w+/g, 'x')}`, { method: 'OPTIONS' });
        const methods = (headers.get('allow') ?? '').split(', ').filter((method) => method !== 'HEAD');
        return methods.map((method) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
      }),
  );
  return routes.flat();
}

interface Example {
  /** Pointer to its schema. */
  readonly schema: string;
  readonly example: unknown;
}

/** Each example of the document: of media types, of headers, and of schemas (parameters have theirs there). */
function* examplesIn(node: unknown, pointer = '#'): Generator<Example> {
  if (typeof node !== 'object' || node === null) return;
  const { schema, example, examples, ...others } = node as Record<string, unknown>;
  if (schema !== undefined && example !== undefined) yield { schema: `${pointer}/schema`, example };
  if (schema !== undefined && examples !== undefined) {
    for (const named of Object.values(examples as Record<string, { $ref: string }>)) {
      const { value } = contract.find<{ value: unknown }>(named.$ref) ?? {};
      yield { schema: `${pointer}/schema`, example: value?.value };
    }
  } else if (Array.isArray(examples)) {
    for (const one of examples) yield { schema: pointer, example: one };
  }
  if (schema !== undefined) yield* examplesIn(schema, `${pointer}/schema`);
  for (const [key, child] of Object.entries(others)) yield* examplesIn(child, `${pointer}/${escaped(key)}`);
}
