import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ObjectId } from 'mongodb';
import { z } from 'zod';
import type { Configuration } from '../../config/configuration.js';
import { organizationPrincipal, type Principal, platformPrincipal } from '../context/principal.js';
import { newContext, runInContext } from '../context/request-context.js';
import { CacheRefs } from './cache-refs.js';
import { touchedBy } from './cache-tags.js';
import { defineResource } from './resource.js';
import { recordIdParameter } from './scalars.js';

const clinics = defineResource({
  name: 'clinics',
  singular: 'clinic',
  body: z.strictObject({ name: z.string() }),
  immutable: ['organizationId'],
  filters: { organizationId: recordIdParameter(), status: z.string() },
  sorts: ['name'],
  defaultSort: 'name',
  indexes: [],
  cache: { owners: ['organizationId'], countedBy: [] },
  example: {},
});

const TTLS = { organizations: 1, clinics: 2, providers: 3, assignments: 4, lists: 5, counts: 6, summaries: 7 };
const STALES = { organizations: 10, clinics: 20, providers: 30, assignments: 40, lists: 50, counts: 60, summaries: 70 };
const refs = new CacheRefs({ cache: { ttlSeconds: TTLS, staleSeconds: STALES } } as unknown as Configuration);

const as = <T>(principal: Principal, work: () => T): T => runInContext(newContext('test', principal), work);
const platform = platformPrincipal('admin', 'key 1');
const memberOf = (organizationId: ObjectId, keyId = 'key 2') => organizationPrincipal('viewer', keyId, organizationId);

const objectId = fc.stringMatching(/^[0-9a-f]{24}$/).map((hex) => new ObjectId(hex));
const records = fc.record({ _id: objectId, organizationId: objectId });
const anyCase = (id: ObjectId) => fc.constantFrom(id.toHexString(), id.toHexString().toUpperCase());
/** A record with who may see it. */
const seen = records.chain((record) =>
  fc.tuple(fc.constant(record), fc.constantFrom<Principal>(platform, memberOf(record.organizationId))),
);

const URL = '/api/v1/clinics?limit=5';

/** Each kind of entry, by what it is. */
const KINDS = {
  'a record': () => refs.record(clinics, '665f1c2ab7e4d1f0a1b2c3d5'),
  'a part of a record': () => refs.projection(clinics, '665f1c2ab7e4d1f0a1b2c3d5', '/api/v1/clinics/1?fields=name'),
  'a page': () => refs.page(clinics, {}, URL),
  'a count': () => refs.count(clinics, {}, 'clinics'),
  'a summary': () => refs.summary(clinics, '/api/v1/organizations/1/summary', ['tag']),
} as const;
const KIND_NAMES = Object.keys(KINDS) as (keyof typeof KINDS)[];

describe('a write to a record voids', () => {
  it('the record, however its id is written', () => {
    fc.assert(
      fc.property(
        seen.chain(([record, who]) => fc.tuple(fc.constant(record), fc.constant(who), anyCase(record._id))),
        ([record, who, id]) => {
          const touched = touchedBy(clinics, record);
          expect(as(who, () => refs.record(clinics, id)).tags.some((tag) => touched.includes(tag))).toBe(true);
        },
      ),
    );
  });

  it.each(['page', 'count'] as const)('every %s that it counts for, of all who may see it', (kind) => {
    fc.assert(
      fc.property(seen, fc.boolean(), fc.boolean(), ([record, who], byOwner, byStatus) => {
        const filter = {
          organizationId: byOwner ? record.organizationId : undefined,
          ...(byStatus ? { status: 'active' } : {}),
        };
        const ref = as(who, () => refs[kind](clinics, filter, URL));
        const touched = touchedBy(clinics, record);
        expect(ref.tags.some((tag) => touched.includes(tag))).toBe(true);
      }),
    );
  });

  it.each([
    ['that do not say whose', {}],
    ['that leave open whose', { organizationId: undefined }],
  ])("no other organization's pages %s", (_, filter) => {
    fc.assert(
      fc.property(records, objectId, (record, other) => {
        fc.pre(!other.equals(record.organizationId));
        const touched = touchedBy(clinics, record);
        const ref = as(memberOf(other), () => refs.page(clinics, filter, URL));
        expect(ref.tags.filter((tag) => touched.includes(tag))).toEqual([]);
      }),
    );
  });
});

describe.each(KIND_NAMES)('the key of %s', (kind) => {
  const [one, other] = [new ObjectId(), new ObjectId()];
  const keyFor = (principal: Principal) => as(principal, KINDS[kind]).key;

  it('differs between organizations', () => {
    expect(keyFor(memberOf(one))).not.toBe(keyFor(memberOf(other)));
  });

  it('differs between the platform and an organization', () => {
    expect(keyFor(platform)).not.toBe(keyFor(memberOf(one)));
  });

  it('is the same for all of one organization', () => {
    expect(keyFor(memberOf(one, 'key 3'))).toBe(keyFor(memberOf(one, 'key 4')));
  });
});

describe('keys', () => {
  it('of different kinds differ', () => {
    const keys = as(platform, () => KIND_NAMES.map((kind) => KINDS[kind]().key));
    expect(new Set(keys).size).toBe(KIND_NAMES.length);
  });

  it('of different URLs differ', () => {
    const keys = as(platform, () => ['?limit=5', '?limit=6'].map((query) => refs.page(clinics, {}, query).key));
    expect(new Set(keys).size).toBe(2);
  });

  it('cannot be asked for when nobody is signed in', () => {
    expect(() => runInContext(newContext('test'), KINDS['a page'])).toThrow('Nobody is signed in here');
  });
});

describe.each(KIND_NAMES)('%s', (kind) => {
  it('is cleared with its resource', () => {
    expect(as(platform, KINDS[kind]).tags).toContain('{all}:clinics:entries');
  });

  it('is cleared with the organization that sees it', () => {
    const organization = new ObjectId();
    expect(as(memberOf(organization), KINDS[kind]).tags).toContain(`{${organization.toHexString()}}:entries`);
  });
});

describe('the life of', () => {
  it.each([
    ['a record', 'clinics'],
    ['a part of a record', 'clinics'],
    ['a page', 'lists'],
    ['a count', 'counts'],
    ['a summary', 'summaries'],
  ] as const)('%s is what is configured for %s, and so is how stale it may be', (kind, configured) => {
    const { ttlMs, staleMs } = as(platform, KINDS[kind]);
    expect([ttlMs, staleMs]).toEqual([TTLS[configured] * 1_000, STALES[configured] * 1_000]);
  });

  it('a record of which nothing is configured is that of lists', () => {
    const visits = { ...clinics, name: 'visits' };
    const { ttlMs, staleMs } = as(platform, () => refs.record(visits, '665f1c2ab7e4d1f0a1b2c3d5'));
    expect([ttlMs, staleMs]).toEqual([TTLS.lists * 1_000, STALES.lists * 1_000]);
  });
});

describe('what is composed of other entries', () => {
  it('may be as stale as a list', () => {
    expect(as(platform, () => refs.composed(URL)).staleMs).toBe(STALES.lists * 1_000);
  });

  it('is never known to another organization', () => {
    const keys = [platform, memberOf(new ObjectId()), memberOf(new ObjectId())].map((who) =>
      as(who, () => refs.composed(URL).key),
    );
    expect(new Set(keys).size).toBe(3);
  });
});
