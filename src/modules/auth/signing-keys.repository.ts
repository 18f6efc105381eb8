import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { JWK } from 'jose';
import type { Collection } from 'mongodb';
import type { Connection } from 'mongoose';

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

  constructor(@InjectConnection() connection: Connection) {
    this.documents = connection.getClient().db(connection.name).collection('signing_keys');
  }

  /** All of them: a handful. */
  all(): Promise<SigningKeyDocument[]> {
    return this.documents.find({}).toArray();
  }

  async insert(key: SigningKeyDocument): Promise<void> {
    await this.documents.insertOne(key, { writeConcern: { w: 'majority' } });
  }
}
