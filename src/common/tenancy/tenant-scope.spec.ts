import { describe, expect, it } from '@jest/globals';
import { ObjectId } from 'mongodb';
import { organizationPrincipal, type Principal, platformPrincipal } from '../context/principal.js';
import { newContext, runInContext } from '../context/request-context.js';
import { Problem } from '../problems/problems.js';
import { assertOwnTenant, confinedTo, tenantFilter } from './tenant-scope.js';

const own = new ObjectId();
const other = new ObjectId();
const member = organizationPrincipal('admin', 'key', own);
const platform = platformPrincipal('admin', 'key');
const as = <T>(principal: Principal | undefined, work: () => T): T => runInContext(newContext('test', principal), work);

describe("a principal of an organization's filter", () => {
  it('is confined to the organization whatever else it says', () => {
    const filtered = as(member, () => tenantFilter('organizationId', { status: 'active' }));
    expect(filtered).toEqual({ status: 'active', organizationId: own });
  });

  it('may name its own, as an id or as text', () => {
    for (const named of [own, own.toHexString(), own.toHexString().toUpperCase()]) {
      expect(as(member, () => tenantFilter('organizationId', { organizationId: named }))).toEqual({
        organizationId: own,
      });
    }
  });

  it.each([other, other.toHexString(), null, '', 42])('finds nothing when it names %s', (named) => {
    expect(as(member, () => tenantFilter('_id', { _id: named }))).toEqual({ _id: { $in: [] } });
  });

  it.each([{ $in: [own, other] }, { $ne: null }, { $exists: true }])('cannot widen itself by %j', (condition) => {
    const filter = { _id: condition, $and: [{ status: 'active' }] };
    expect(as(member, () => tenantFilter('_id', filter))).toEqual({
      _id: condition,
      $and: [{ status: 'active' }, { _id: own }],
    });
  });

  it('keeps its alternatives inside of the organization', () => {
    const filter = { $or: [{ organizationId: other }, { status: 'active' }] };
    expect(as(member, () => tenantFilter('organizationId', filter))).toEqual({ ...filter, organizationId: own });
  });

  it('is left as it was', () => {
    const filter = Object.freeze({ organizationId: other });
    as(member, () => tenantFilter('organizationId', filter));
    expect(filter).toEqual({ organizationId: other });
  });
});

it("a principal of the platform's filter is its own", () => {
  const filter = { organizationId: other };
  expect(as(platform, () => tenantFilter('organizationId', filter))).toBe(filter);
  expect(as(platform, confinedTo)).toBeUndefined();
});

describe('a new record', () => {
  it('of the own organization, or made by the platform, is let in', () => {
    as(member, () => assertOwnTenant(own));
    as(member, () => assertOwnTenant(own.toHexString()));
    as(platform, () => assertOwnTenant(other));
  });

  it.each([other, other.toHexString(), undefined, null])('of %s is refused as of an unknown organization', (named) => {
    expect(() => as(member, () => assertOwnTenant(named))).toThrow(Problem);
  });
});

it('without a principal nothing passes', () => {
  expect(() => as(undefined, () => tenantFilter('organizationId', {}))).toThrow('Nobody is signed in here');
  expect(() => tenantFilter('organizationId', {})).toThrow('There is no request here');
});
