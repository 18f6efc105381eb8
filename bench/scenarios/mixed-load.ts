import { at } from '../support/at.js';
import type { Step } from '../support/flow.js';
import type { SeededGroup } from '../support/seeded-groups.js';
import { zipf } from '../support/zipf.js';

/** What applications ask for: ten kinds of reads equally often; of which organization and which record by Zipf's law. */
export function mixedReads(groups: readonly SeededGroup[], count: number): readonly Step[] {
  const group = zipf(groups.length);
  const record = zipf(40);
  return Array.from({ length: count }, (_, number) => {
    const of = at(groups, group());
    const one = (ids: readonly string[]) => at(ids, record() % ids.length);
    const kinds = [
      () => `/clinics/${one(of.clinics)}`,
      () => `/providers/${one(of.providers)}`,
      () => `/assignments/${one(of.assignments)}`,
      () => `/organizations/${of.organizationId}`,
      () => `/clinics?limit=${20 + (record() % 3)}`,
      () => `/providers?limit=${20 + (record() % 3)}`,
      () => `/assignments/clinic/${one(of.clinics)}/staff`,
      () => `/assignments/provider/${one(of.providers)}/clinics`,
      () => `/clinics?search=${encodeURIComponent(one(of.searches).trim())}`,
      () => `/organizations/${of.organizationId}/summary`,
    ];
    return {
      name: 'read',
      path: `/api/v1${at(kinds, number % kinds.length)()}`,
      headers: { authorization: `Bearer ${of.key}`, 'accept-encoding': 'gzip' },
      status: 200,
    };
  });
}

/** The same with one write in so many: a clinic that is read gets another telephone number. */
export function mixedWithWrites(groups: readonly SeededGroup[], count: number, oneIn: number): readonly Step[] {
  return mixedReads(groups, count).map((read, number) => {
    if (number % oneIn !== 0) return read;
    const { key, clinics } = at(groups, number % groups.length);
    return {
      name: 'write',
      method: 'PATCH',
      path: `/api/v1/clinics/${at(clinics, number % clinics.length)}`,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ phone: `+1 907 555 ${String(1000 + (number % 9000))}` }),
      status: 200,
    };
  });
}
