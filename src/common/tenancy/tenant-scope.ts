import { ObjectId } from 'mongodb';
import { currentPrincipal } from '../context/request-context.js';
import { Problem } from '../problems/problems.js';

/** The organization that the current principal is confined to; none for a principal of the platform. */
export function confinedTo(): ObjectId | undefined {
  const principal = currentPrincipal();
  return principal.kind === 'organization' ? principal.organizationId : undefined;
}

/**
 * Adds the current principal's organization to a filter, below every query of a repository: a check
 * that a controller or a service forgets can't let another tenant's record out or a write in.
 * @param field where the records keep their organization; `_id` for organizations themselves
 */
export function tenantFilter<F extends object>(field: string, filter: F): F {
  const organizationId = confinedTo();
  if (organizationId === undefined) return filter;
  const named: unknown = Reflect.get(filter, field);
  if (named === undefined || organizationId.equals(String(named))) return { ...filter, [field]: organizationId };
  if (!isCondition(named)) return { ...filter, [field]: NOBODY };
  const also: unknown = Reflect.get(filter, '$and');
  return { ...filter, $and: [...(Array.isArray(also) ? also : []), { [field]: organizationId }] };
}

/** An operator such as `$in`, which may well let the organization through beside others. */
const isCondition = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !(value instanceof ObjectId);

/** Equals no id: what another tenant's filter finds. */
const NOBODY = { $in: [] };

/**
 * Refuses a record of another tenant on its way in.
 * @throws {Problem} `reference-not-live`, as for an organization that doesn't exist
 */
export function assertOwnTenant(organizationId: unknown): void {
  const own = confinedTo();
  if (own === undefined || own.equals(String(organizationId))) return;
  throw new Problem('reference-not-live', {
    detail: `There is no live organization ${String(organizationId)}.`,
    errors: [{ pointer: '/organizationId', message: 'does not name a live organization' }],
  });
}
