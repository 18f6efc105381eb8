import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ObjectId } from 'mongodb';
import { organizationPrincipal, platformPrincipal } from '../context/principal.js';
import { fingerprintOf, keptName, keyedRequest } from './keyed-request.js';

const request = { method: 'POST', url: '/api/v1/clinics', body: { name: 'Port Lions' } };
const requests = fc.record({
  method: fc.constantFrom('POST', 'PUT'),
  url: fc.webPath(),
  body: fc.option(fc.jsonValue(), { nil: undefined }),
});

it('requests have the same fingerprint when they are equal, and only then', () => {
  const text = ({ method, url, body }: typeof request | { method: string; url: string; body?: unknown }) =>
    JSON.stringify([method, url, body ?? null]);
  fc.assert(
    fc.property(requests, requests, (one, other) => {
      expect(fingerprintOf(one)).toBe(fingerprintOf(structuredClone(one)));
      expect(fingerprintOf(one) === fingerprintOf(other)).toBe(text(one) === text(other));
    }),
  );
});

it.each([
  ['another method', { ...request, method: 'PUT' }],
  ['another path', { ...request, url: '/api/v1/clinic' }],
  ['another query', { ...request, url: '/api/v1/clinics?a=1' }],
  ['another value', { ...request, body: { name: 'Port Lyons' } }],
  ['another type', { ...request, body: { name: ['Port Lions'] } }],
  ['one more member', { ...request, body: { name: 'Port Lions', code: null } }],
  ['no body', { ...request, body: undefined }],
])('%s is another request', (_, other) => {
  expect(fingerprintOf(other)).not.toBe(fingerprintOf(request));
});

it('each tenant has keys of its own, and so has the platform', () => {
  const principals = [
    organizationPrincipal('admin', 'k1', new ObjectId('0123456789abcdef01234567')),
    organizationPrincipal('admin', 'k1', new ObjectId('0123456789abcdef01234568')),
    platformPrincipal('admin', 'k1'),
  ];
  const names = principals.map((principal) => keptName(keyedRequest('a', principal, request)));
  expect(new Set(names).size).toBe(3);
});

it("the applications of a tenant share its keys: another credential repeats what the first one's answer was lost of", () => {
  const organizationId = new ObjectId();
  const names = ['k1', 'k2'].map((keyId) =>
    keptName(keyedRequest('a', organizationPrincipal('editor', keyId, organizationId), request)),
  );
  expect(names[0]).toBe(names[1]);
});

it('no tenant and key are mistaken for others that read the same together', () => {
  expect(keptName({ tenant: 'a', key: 'bc' })).not.toBe(keptName({ tenant: 'ab', key: 'c' }));
});
