import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Cache } from '../../src/common/cache/create-cache.js';
import { Payload } from '../../src/common/cache/payload.js';
import { CacheRefs } from '../../src/common/resource/cache-refs.js';
import { EVERYTHING_SEEN } from '../../src/common/tenancy/viewer.js';
import { clinicsResource } from '../../src/modules/clinics/clinics.resource.js';
import { type ApiRecord, Directory } from '../support/directory.js';
import { startService, type TestService } from '../support/service.js';
import { untilAnswer } from '../support/until.js';

let service: TestService;
let clinic: ApiRecord;
beforeAll(async () => {
  service = await startService({ CACHE_SAMPLE_EVERY: '1' });
  const directory = new Directory(service.api);
  clinic = await directory.clinic((await directory.organization()).id);
});
afterAll(() => service.stop());

/** After a request, so that what the service does meanwhile gets its turn. */
const coherence = async () => {
  await service.api.get(`/clinics/${clinic.id}`);
  return service.app.get(Cache).statistics.coherence;
};
const rename = (name: string) => service.api.patch(`/clinics/${clinic.id}`, { name });

it('each sampled write is read back through the cache, and is found there or not at all', async () => {
  const { samples } = { ...(await coherence()) };
  await rename('Read back');
  await untilAnswer(coherence, (now) => now.samples > samples);
  expect((await coherence()).violations).toBe(0);
});

it('an entry that is older than an acknowledged write is counted', async () => {
  const cache = service.app.get(Cache);
  const { version } = (await rename('Newer')).body as unknown as { readonly version: number };
  const ref = service.app.get(CacheRefs, { strict: false }).record(clinicsResource, clinic.id, EVERYTHING_SEEN);
  const [lookup] = await cache.reads.mget([ref]);
  if (lookup === undefined) throw new Error('There is a lookup for each ref');
  // As a cache would that has missed the write: nobody marks what is written, and nobody releases it.
  cache.reads.mset([[lookup, Payload.ofText(JSON.stringify({ ...clinic, version: version - 1 }))]]);
  const real = cache.writes.run.bind(cache.writes);
  cache.writes.run = (transact) => transact({ begin: () => undefined, prepare: async () => undefined });
  await rename('Newest').finally(() => {
    cache.writes.run = real;
  });
  await untilAnswer(coherence, (now) => now.violations > 0);
});
