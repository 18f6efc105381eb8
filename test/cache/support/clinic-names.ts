import type { Collection } from 'mongodb';
import type { CacheRef } from '../../../src/common/cache/coherent-cache.js';
import type { Cache } from '../../../src/common/cache/create-cache.js';
import { recordTag, resourceTag, tenantTag } from '../../../src/common/cache/tags.js';
import type { ScratchDatabase } from '../../support/scratch-database.js';

interface NamedClinic {
  readonly _id: string;
  readonly name: string;
}

/** Clinics in the database, and how often they were loaded from there. */
export class ClinicNames {
  readonly loads: string[] = [];
  private readonly clinics: Collection<NamedClinic>;

  constructor({ connection, name }: ScratchDatabase) {
    this.clinics = connection.getClient().db(name).collection('named_clinics');
  }

  /** As those of an organization see it. */
  ref(id: string, organization = 'org'): CacheRef {
    const tags = [recordTag('clinics', id), resourceTag('clinics'), tenantTag(organization)];
    return { key: `${organization} ${id}`, resource: 'clinics', tags, ttlMs: 60_000 };
  }

  /** Null for a clinic that isn't there. */
  readonly load = async (id: string): Promise<string | null> => {
    this.loads.push(id);
    return (await this.clinics.findOne({ _id: id }))?.name ?? null;
  };

  /** Its name through this process's cache. */
  readonly through = (cache: Cache, id: string, organization?: string): Promise<string | null> =>
    cache.service.getOrSet(this.ref(id, organization), () => this.load(id));

  /** A write of this process, which makes the clinic if it isn't there. */
  readonly rename = (by: Cache, id: string, name: string): Promise<unknown> =>
    by.writes.run(async (write) => {
      write.begin();
      await write.prepare([recordTag('clinics', id)], () => Promise.resolve());
      await this.clinics.updateOne({ _id: id }, { $set: { name } }, { upsert: true });
    });
}
