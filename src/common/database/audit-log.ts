import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { type ClientSession, ObjectId } from 'mongodb';
import type { Connection } from 'mongoose';
import { currentPrincipal, requestContext } from '../context/request-context.js';

/** The record that a write was about. */
export interface AuditedRecord {
  readonly recordId: ObjectId;
  readonly organizationId: ObjectId | null;
}

/** One write, as a repository has made it. */
export interface AuditedWrite extends AuditedRecord {
  readonly resource: string;
  readonly action: 'create' | 'change' | 'cascade';
  readonly versionBefore?: number;
  readonly versionAfter?: number;
  readonly count?: number;
}

/** Keeps who wrote what, in the transaction of the write: an acknowledged write has its entry, an aborted one has none. */
@Injectable()
export class AuditLog {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  async record(writes: readonly AuditedWrite[], session: ClientSession): Promise<void> {
    if (writes.length === 0) return;
    const { keyId, kind, role } = currentPrincipal();
    const { correlationId } = requestContext();
    const now = new Date();
    const common = { keyId, principal: kind, role, correlationId, version: 1, createdAt: now, updatedAt: now };
    await this.connection.collection('audit_entries').insertMany(
      writes.map((write) => ({ _id: new ObjectId(), ...write, ...common })),
      { session },
    );
  }
}
