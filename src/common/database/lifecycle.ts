import type { ClientSession, ObjectId } from 'mongodb';
import { Problem } from '../problems/problems.js';
import type { AuditedRecord } from './audit-log.js';

/**
 * The status that a PUT or a PATCH leads to. Without one a record is active; an archived one comes back
 * only by naming its new status.
 * @throws {Problem} `archived`
 */
export function nextStatus(current: { readonly status: string }, wanted: string | undefined): string {
  if (wanted !== undefined) return wanted;
  if (current.status === 'archived') throw new Problem('archived', { detail: 'Set status to bring it back.' });
  return 'active';
}

/** Records of another resource that can't outlive their parent. */
export interface Dependents {
  /** Plural name, as the client knows it. */
  readonly name: string;
  /** How many live ones the parent has. */
  count(parentId: ObjectId, session: ClientSession): Promise<number>;
  /** Archives all of them. */
  archive(parent: AuditedRecord, session: ClientSession): Promise<void>;
}

/**
 * What depends on the records of one resource. The modules that depend register here, so that a parent
 * doesn't know its children.
 */
export class DependentsRegistry {
  private readonly registered: Dependents[] = [];

  register(dependents: Dependents): void {
    this.registered.push(dependents);
  }

  /**
   * Archives what depends on the record, or refuses where that wasn't asked for.
   * @throws {Problem} `has-dependents`
   */
  async settle(parent: AuditedRecord, cascade: boolean, session: ClientSession): Promise<void> {
    const counts: [string, number][] = [];
    for (const dependents of this.registered) {
      if (cascade) await dependents.archive(parent, session);
      else counts.push([dependents.name, await dependents.count(parent.recordId, session)]);
    }
    const found = counts.filter(([, count]) => count > 0);
    if (found.length === 0) return;
    throw new Problem('has-dependents', {
      detail: `Live records depend on it: ${found.map(([name, count]) => `${name} ${count}`).join(', ')}.`,
      extensions: { dependents: Object.fromEntries(found) },
    });
  }
}
