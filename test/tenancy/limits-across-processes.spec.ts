import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { Directory } from '../support/directory.js';
import { makeKey } from '../support/principals.js';
import { type ServiceProcesses, startProcesses } from '../support/processes.js';
import { PLATFORM_KEY } from '../support/service.js';

const QUOTA = 300;
/** Long enough that what is regained is many times the 2% that are allowed. */
const LASTS_MS = 6_000;
const CLIENTS_EACH = 3;

let processes: ServiceProcesses;
beforeAll(async () => {
  processes = await startProcesses(3, {
    RATE_LIMIT_TENANT_PER_MINUTE: String(QUOTA),
    SHED_EVENT_LOOP_DELAY_MS: '0',
    LOG_LEVEL: 'log',
  });
});
afterAll(() => processes?.stop());

it('three processes together let through what one would: within 2% of the quota and what is regained', async () => {
  const [url = ''] = processes.urls;
  const api = new ApiClient(`${url}/api/v1`, PLATFORM_KEY);
  const { id } = await new Directory(api).organization();
  const { key } = await makeKey({ url, api } as Parameters<typeof makeKey>[0], id, 'viewer');
  const admitted = new Map<string, number>();
  let refused = 0;
  const begun = performance.now();
  let lastAsked = begun;
  const hammer = async (base: string) => {
    const client = new ApiClient(`${base}/api/v1`, key);
    while (performance.now() - begun < LASTS_MS) {
      lastAsked = performance.now();
      const { status } = await client.get(`/organizations/${id}`, { fields: 'name' });
      if (status === 200) admitted.set(base, (admitted.get(base) ?? 0) + 1);
      else if (status === 429) refused += 1;
      else throw new Error(`answered ${status}`);
    }
  };
  await Promise.all(processes.urls.flatMap((base) => Array.from({ length: CLIENTS_EACH }, () => hammer(base))));
  const ended = performance.now();
  const total = [...admitted.values()].reduce((sum, count) => sum + count, 0);
  const allowed = (ms: number) => QUOTA + (QUOTA * ms) / 60_000;
  expect(refused).toBeGreaterThan(QUOTA);
  expect(admitted.size).toBe(3);
  expect(total).toBeLessThanOrEqual(allowed(ended - begun) * 1.02);
  expect(total).toBeGreaterThanOrEqual(allowed(lastAsked - begun) * 0.95);
});
