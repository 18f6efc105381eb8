import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PROBLEMS } from '../../src/common/problems/problems.js';
import { ApiClient } from '../support/api-client.js';
import { startService, type TestService } from '../support/service.js';
import { expectProblem } from './problem-shape.js';

let service: TestService;
let anybody: ApiClient;
beforeAll(async () => {
  service = await startService();
  anybody = new ApiClient(service.url, undefined);
});
afterAll(() => service.stop());

describe('the documentation page', () => {
  it.each(['/api/docs', '/api/docs/'])(
    'is at %s for anybody, in one policy that allows nothing from elsewhere',
    async (path) => {
      const { status, headers } = await anybody.get(path);
      expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      const policy = String(headers.get('content-security-policy'));
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    },
  );

  it('loads its script, its style and its icon from this service, each as what it is', async () => {
    const { body: page } = await anybody.get<string>('/api/docs');
    const assets = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => String(url));
    const types: Record<string, string | null> = {};
    for (const asset of assets) {
      expect(asset).toMatch(/^\/api\//);
      const { status, headers, body } = await anybody.get<string>(asset);
      expect([asset, status]).toEqual([asset, 200]);
      expect(JSON.stringify(body).length).toBeGreaterThan(100);
      types[asset] = headers.get('content-type');
    }
    expect(types).toEqual({
      '/api/docs/favicon-32x32.png': 'image/png',
      '/api/docs/swagger-ui.css': 'text/css; charset=utf-8',
      '/api/docs/swagger-ui-bundle.js': 'application/javascript; charset=utf-8',
      '/api/docs/start.js': 'text/javascript; charset=utf-8',
      '/api/v1/openapi.json': 'application/json; charset=utf-8',
    });
  });

  it('starts on the document of this very service', async () => {
    const { body } = await anybody.get<string>('/api/docs/start.js');
    const options: Record<string, unknown>[] = [];
    new Function('SwaggerUIBundle', body)((given: Record<string, unknown>) => options.push(given));
    expect(options).toEqual([expect.objectContaining({ url: '/api/v1/openapi.json', validatorUrl: null })]);
  });

  it.each(['package.json', 'swagger-ui.js', '..%2fpackage.json', 'swagger-ui-bundle.js.map'])(
    'keeps %s to itself',
    async (file) => {
      expectProblem(await anybody.get(`/api/docs/${file}`), 'not-found');
    },
  );

  it('only reads: another method is refused with those that there are', async () => {
    const answer = await anybody.post('/api/docs', {});
    expectProblem(answer, 'method-not-allowed');
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
  });
});

describe('the problems', () => {
  it('are all listed, in the words of their table', async () => {
    const { body } = await anybody.get('/api/v1/problems');
    expect(body).toEqual({
      data: Object.entries(PROBLEMS).map(([name, problem]) => ({ type: `/api/v1/problems/${name}`, ...problem })),
    });
  });

  it('are each explained where their type refers to', async () => {
    const { body: problem } = await anybody.get('/api/v1/clinics');
    const { status, body } = await anybody.get(String(problem['type']));
    expect([status, body]).toEqual([200, { type: problem['type'], ...PROBLEMS.unauthenticated }]);
  });

  it.each(['no-such', 'constructor', '__proto__', 'not-found%00'])('have no type %s', async (name) => {
    expectProblem(await anybody.get(`/api/v1/problems/${name}`), 'not-found');
  });
});

it('npm run openapi prints the document that the service answers, without servers or configuration', async () => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    // What the build does, without the build.
    [
      '--no-warnings',
      '--experimental-transform-types',
      '--import',
      './test/support/typescript-imports.ts',
      'src/cli/openapi.ts',
    ],
    { env: {}, encoding: 'utf8', maxBuffer: 16 << 20 },
  );
  expect([status, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toEqual((await anybody.get('/api/v1/openapi.json')).body);
});
