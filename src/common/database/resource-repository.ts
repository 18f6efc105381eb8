import { Inject, Injectable } from '@nestjs/common';
import { type ClientSession, ObjectId } from 'mongodb';
import type { AnyObject, Model } from 'mongoose';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { CursorCodec } from '../lists/cursor.js';
import type { ListRequest } from '../lists/list-query.js';
import { type Counted, ListReader, type Page } from '../lists/list-reader.js';
import { SEARCH_FIELD } from '../lists/list-shapes.js';
import { Problem } from '../problems/problems.js';
import { CacheRefs } from '../resource/cache-refs.js';
import type { IndexSpec } from '../resource/index-spec.js';
import type { ResourceDefinition } from '../resource/resource.js';
import { searchTerms } from '../resource/search-terms.js';
import { fullSelection, projectionOf, type Selection } from '../resource/selection.js';
import { assertOwnTenant, tenantFilter } from '../tenancy/tenant-scope.js';
import { notFound } from './absence.js';
import { type AuditedRecord, AuditLog } from './audit-log.js';
import { CachedReads, foundValue } from './cached-reads.js';
import { DatabaseGate, type OperationOptions } from './database-gate.js';
import { translateDuplicateKey } from './duplicate-key.js';
import { assertPrecondition, type Precondition } from './precondition.js';
import { TouchedTags } from './touched-tags.js';

/** Of small documents, so that they come in few round trips. */
const MOST_IN_A_BATCH = 10_000;

/** What every stored record has. */
export interface StoredRecord {
  readonly _id: ObjectId;
  readonly version: number;
}

/** New values of a record's fields; undefined removes the field. */
export type Changes = Readonly<Record<string, unknown>>;

/** What every repository is made with. */
@Injectable()
export class RepositoryTools {
  readonly countTimeoutMs: number;

  constructor(
    readonly cursors: CursorCodec,
    readonly audit: AuditLog,
    readonly touched: TouchedTags,
    readonly cached: CachedReads,
    readonly refs: CacheRefs,
    readonly gate: DatabaseGate,
    @Inject(CONFIGURATION) { lists }: Configuration,
  ) {
    this.countTimeoutMs = lists.countTimeoutMs;
  }
}

/**
 * The database operations that all resources share. Each is confined to the tenant of whoever asks, and
 * each write leaves its audit entry in the same transaction, so that no service can forget either. Writes
 * go through the Mongoose model, whose strict schema is the last wall; reads go to the driver, as what is
 * stored has passed that wall.
 */
export abstract class ResourceRepository<Stored extends StoredRecord> {
  private readonly lists: ListReader;
  private readonly everything: Selection;

  protected constructor(
    // Mongoose's document types don't survive generics; this class is where documents get their type.
    protected readonly model: Model<AnyObject>,
    readonly resource: ResourceDefinition,
    private readonly tools: RepositoryTools,
    /** Where a record keeps its organization; `_id` for organizations themselves. */
    private readonly tenantField: string = 'organizationId',
  ) {
    this.lists = new ListReader(
      model.collection,
      tools.cursors,
      tools.countTimeoutMs,
      (work) => tools.gate.read(work),
      (request, count) => this.counted(request, count),
    );
    this.everything = fullSelection(resource);
  }

  /** @throws {Problem} `conflict` when a unique value is taken */
  async insert(fields: object, session: ClientSession): Promise<Stored> {
    const [record] = await this.insertAll([fields], session);
    if (record === undefined) throw new Error('Nothing was inserted');
    return record;
  }

  /**
   * Inserts all of them in one round trip, or none.
   * @throws {Problem} `conflict` when a unique value is taken, `reference-not-live` for another tenant's
   */
  async insertAll(records: readonly object[], session: ClientSession): Promise<Stored[]> {
    const now = new Date();
    for (const record of records) this.assertOwn(record);
    const documents = await this.model
      .insertMany(
        records.map((fields) => ({
          _id: this.tools.touched.newId(session),
          ...this.withTerms(fields),
          version: 1,
          createdAt: now,
          updatedAt: now,
        })),
        { session },
      )
      .catch(translateDuplicateKey(this.resource));
    const stored = documents.map((document) => document.toObject() as unknown as Stored);
    this.tools.touched.note(session, this.resource, stored);
    await this.tools.audit.record(
      stored.map((record) => ({ ...this.audited(record), action: 'create' as const, versionAfter: 1 })),
      session,
    );
    return stored;
  }

  /** The values that these records would take in a unique index and that are taken: one query, one index. */
  async takenValues(records: readonly object[], unique: IndexSpec, session: ClientSession): Promise<object[]> {
    const fields = Object.keys(unique.keys);
    const wanted = fields.map((field) => [field, { $in: [...new Set(records.map((it) => Reflect.get(it, field)))] }]);
    return this.model
      .find(this.confined(Object.fromEntries(wanted)), {
        _id: 0,
        ...Object.fromEntries(fields.map((field) => [field, 1])),
      })
      .session(session)
      .lean<object[]>();
  }

  /** The record with the selected fields, or null. */
  async findById(id: ObjectId, selection = this.everything, session?: ClientSession): Promise<Stored | null> {
    const filter = this.confined({ _id: id });
    const projection = projectionOf(selection);
    if (session !== undefined) return this.model.collection.findOne<Stored>(filter, { projection, session });
    // It is over before it could be aborted, and the driver's watching for that costs a tenth of it.
    return this.read(({ maxTimeMS }) => this.model.collection.findOne<Stored>(filter, { maxTimeMS, projection }));
  }

  /** The records with these ids, in no order; unknown ones are missing. */
  async findByIds(ids: readonly ObjectId[]): Promise<Stored[]> {
    // One more than can be found: a batch that is just filled leaves the cursor open, for a second round trip.
    const batchSize = ids.length + 1;
    const filter = this.confined({ _id: { $in: [...ids] } });
    const projection = projectionOf(this.everything);
    return this.read((options) =>
      this.model.collection.find<Stored>(filter, { ...options, projection, batchSize }).toArray(),
    );
  }

  /** Reads outside of a transaction: within the deadline, and only while the database is there. */
  protected read<T>(work: (options: OperationOptions) => Promise<T>): Promise<T> {
    return this.tools.gate.read(work);
  }

  list(request: ListRequest): Promise<Page> {
    return this.lists.read({ ...request, filter: this.confined(request.filter) });
  }

  /** The pages of a list share its count. */
  private async counted(request: ListRequest, count: () => Promise<Counted>): Promise<Counted> {
    const { cached, refs } = this.tools;
    if (this.resource.cache === undefined) return count();
    const name = `${request.fingerprint}\n${request.count}`;
    const found = await cached.read(refs.count(this.resource, request.filter, name), count);
    return foundValue<Counted>(found) ?? {};
  }

  /** @throws {Problem} `not-found` */
  async get(id: ObjectId, selection = this.everything, session?: ClientSession): Promise<Stored> {
    const record = await this.findById(id, selection, session);
    if (record === null) throw notFound(this.resource, id);
    return record;
  }

  /**
   * The record as it is about to be changed in the transaction: the version that the client has read.
   * @throws {Problem} `not-found`, `precondition-failed`
   */
  async getForChange(id: ObjectId, precondition: Precondition | undefined, session: ClientSession): Promise<Stored> {
    const current = await this.get(id, undefined, session);
    assertPrecondition(precondition, current.version);
    return current;
  }

  /**
   * Writes the record's new values. What others write in between conflicts with the transaction, which
   * then starts again from its first read.
   * @param current the record as read in this transaction
   * @throws {Problem} `conflict`, `write-conflict`
   */
  async modify(current: Stored, changes: Changes, session: ClientSession): Promise<Stored> {
    const written = await this.model
      .findOneAndUpdate(this.confined({ _id: current._id, version: current.version }), this.updateTo(changes), {
        returnDocument: 'after',
        projection: projectionOf(this.everything),
        session,
      })
      .lean<Stored>()
      .catch(translateDuplicateKey(this.resource));
    if (!written) throw new Problem('write-conflict');
    this.tools.touched.note(session, this.resource, [written], current);
    this.tools.touched.sample(session, this.resource, written._id.toHexString(), written.version);
    const versions = { versionBefore: current.version, versionAfter: written.version };
    await this.tools.audit.record([{ ...this.audited(written), action: 'change', ...versions }], session);
    return written;
  }

  /**
   * Takes part in the transaction as a parent: whoever archives the record at the same time conflicts
   * with it, so that nothing new comes to depend on an archived record.
   * @returns the record, or null when it doesn't exist, is archived, or doesn't match the filter
   */
  async hold(
    id: ObjectId,
    session: ClientSession,
    filter: Readonly<Record<string, unknown>> = {},
  ): Promise<Stored | null> {
    return this.model
      .findOneAndUpdate(
        this.confined({ ...filter, _id: id, status: { $ne: 'archived' } }),
        { $inc: { holds: 1 } },
        { session, returnDocument: 'after', projection: projectionOf(this.everything) },
      )
      .lean<Stored>();
  }

  /** As {@link hold} for several parents, in two round trips; answers the ids of those that are live. */
  async holdAll(ids: readonly ObjectId[], session: ClientSession): Promise<ObjectId[]> {
    const filter = this.confined({ _id: { $in: [...ids] }, status: { $ne: 'archived' } });
    const live = await this.model.collection.find<StoredRecord>(filter, { projection: { _id: 1 }, session }).toArray();
    const liveIds = live.map(({ _id }) => _id);
    await this.model.updateMany({ _id: { $in: liveIds } }, { $inc: { holds: 1 } }, { session });
    return liveIds;
  }

  /** Counts the records that match, in the transaction. The filter must begin an index. */
  count(filter: Readonly<Record<string, unknown>>, session: ClientSession): Promise<number> {
    return this.model.collection.countDocuments(this.confined(filter), { session });
  }

  /**
   * Changes all records that match, in the transaction, and raises their versions.
   * @param because the record whose change leads to theirs
   */
  async modifyAll(
    filter: Readonly<Record<string, unknown>>,
    changes: Changes,
    because: AuditedRecord,
    session: ClientSession,
  ): Promise<void> {
    // Which ones: each has its entries in the cache.
    const fields = ['_id', ...(this.resource.cache?.owners ?? [])];
    const projection = Object.fromEntries(fields.map((field) => [field, 1]));
    const records = await this.model.collection
      .find(this.confined(filter), { projection, session, batchSize: MOST_IN_A_BATCH })
      .toArray();
    if (records.length === 0) return;
    this.tools.touched.note(session, this.resource, records);
    const { modifiedCount } = await this.model.updateMany(
      this.confined({ _id: { $in: records.map(({ _id }) => _id) } }),
      { $set: { ...changes, updatedAt: new Date() }, $inc: { version: 1 } },
      { session },
    );
    const entry = { ...because, resource: this.resource.name, action: 'cascade' as const, count: modifiedCount };
    await this.tools.audit.record([entry], session);
  }

  private confined<F extends object>(filter: F): F {
    return tenantFilter(this.tenantField, filter);
  }

  private assertOwn(record: object): void {
    if (this.tenantField !== '_id') assertOwnTenant(Reflect.get(record, this.tenantField));
  }

  private audited(record: Stored): AuditedRecord & { readonly resource: string } {
    const organizationId: unknown = Reflect.get(record, this.tenantField);
    return {
      resource: this.resource.name,
      recordId: record._id,
      organizationId: organizationId instanceof ObjectId ? organizationId : null,
    };
  }

  private updateTo(changes: Changes): Record<string, unknown> {
    const entries = Object.entries({ ...this.withTerms(changes), updatedAt: new Date() });
    const removed = entries.filter(([, value]) => value === undefined).map(([field]) => [field, 1]);
    return {
      $set: Object.fromEntries(entries.filter(([, value]) => value !== undefined)),
      ...(removed.length === 0 ? {} : { $unset: Object.fromEntries(removed) }),
      $inc: { version: 1 },
    };
  }

  /** An archived record has no terms: searches find live ones. */
  private withTerms(fields: object): Changes {
    const { searched } = this.resource;
    if (searched === undefined) return { ...fields };
    const record: Changes = { ...fields };
    return { ...record, [SEARCH_FIELD]: record['status'] === 'archived' ? [] : searchTerms(searched(record)) };
  }
}
