import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { JWK } from 'jose';
import { type Collection, ObjectId } from 'mongodb';
import type { Connection } from 'mongoose';
import { RepositoryTools } from '../../common/database/resource-repository.js';
import { Transactions } from '../../common/database/transactions.js';

/** A key of the service for signing tokens, as it is kept. */
export interface SigningKeyDocument {
  /** RFC 7638 thumbprint of the public key. */
  readonly _id: string;
  readonly publicJwk: JWK;
  readonly privateJwk: JWK;
  readonly createdAt: Date;
  /** Signs no more, but tokens that it has signed are verified until `retiresAt`. */
  readonly signsUntil: Date;
  readonly retiresAt: Date;
}

/** Keeps the signing keys, which belong to the service and to no tenant. */
@Injectable()
export class SigningKeysRepository {
  private readonly documents: Collection<SigningKeyDocument>;

  constructor(
    @InjectConnection() connection: Connection,
    private readonly transactions: Transactions,
    private readonly tools: RepositoryTools,
  ) {
    this.documents = connection.getClient().db(connection.name).collection('signing_keys');
  }

  /** All of them: a handful. */
  all(): Promise<SigningKeyDocument[]> {
    return this.tools.gate.read((options) => this.documents.find({}, options).toArray());
  }

  async insert(key: SigningKeyDocument): Promise<void> {
    await this.documents.insertOne(key, { writeConcern: { w: 'majority' } });
  }

  /**
   * Keeps a key that somebody asked for, with its audit entry.
   * @returns the id of the key that is kept: an earlier one where the request is repeated under its idempotency key
   */
  insertAudited(key: SigningKeyDocument): Promise<string> {
    return this.transactions.run(async (session) => {
      await this.documents.insertOne(key, { session });
      // The entry's own id stands for the key, whose name is no record id.
      const entry = {
        resource: 'signing-keys',
        recordId: new ObjectId(),
        organizationId: null,
        action: 'create',
      } as const;
      await this.tools.audit.record([entry], session);
      return key._id;
    });
  }
}
