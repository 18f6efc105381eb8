import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Directory } from '../support/directory.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
let directory: Directory;
beforeAll(async () => {
  service = await startService();
  directory = new Directory(service.api);
});
afterAll(() => service.stop());
it('many creates', async () => {
  const organization = await directory.organization();
  const orgs = await Promise.all(Array.from({ length: 50 }, () => directory.organization()));
  const all = async (label: string, n: number, run: (i: number) => Promise<{status: number}>, seq = false) => {
    const t = performance.now();
    const times: number[] = [];
    const one = (i: number) => { const s = performance.now(); return run(i).then((a) => { times.push(performance.now() - s); return a.status; }); };
    const st: number[] = [];
    if (seq) for (let i = 0; i < n; i++) st.push(await one(i)); else st.push(...await Promise.all(Array.from({ length: n }, (_, i) => one(i))));
    console.log(label, n, Math.round(performance.now() - t), 'max', Math.max(...times), JSON.stringify(Object.entries(Object.groupBy(st, String)).map(([k, v]) => [k, v?.length])));
  };
  let c = 0;
  const mk = (o: string) => service.api.post('/clinics', { organizationId: o, name: `C ${c}`, code: `X-${c++}` });
  for (let r = 0; r < 2; r++) {
  await all('seq', 50, () => mk(organization.id), true);
  await all('same', 50, () => mk(organization.id));
  await all('distinct', 50, (i) => mk(orgs[i]!.id));
  await all('same200', 200, () => mk(organization.id));
  await all('orgs', 50, (i) => service.api.post('/organizations', { name: `C ${c}`, slug: `x-${c++}` }));
  await all('get', 50, (i) => service.api.get(`/organizations/${organization.id}`));
  const p = (await service.api.post('/providers', { organizationId: organization.id, firstName: 'a', lastName: 'b'})).body['id'];
  const cs = await Promise.all(Array.from({ length: 50 }, () => mk(organization.id)));
  await all('assign', 50, (i) => service.api.post('/assignments', { providerId: p, clinicId: cs[i].body.id, role: 'd' }));
  }
});
