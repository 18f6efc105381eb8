import { isDeepStrictEqual } from 'node:util';
import { type Document, ObjectId } from 'mongodb';
import { Directory } from '../support/directory.js';
import { type MadeKey, makeKey } from '../support/principals.js';
import type { TestService } from '../support/service.js';
import type { StillClock } from './still-clock.js';

/** More than a page has. */
const RECORDS = 24;

/** What the names in braces of a request stand for. */
export type Ids = Readonly<
  Record<'organization' | 'clinic' | 'provider' | 'assignment' | 'freeClinic' | 'freeProvider', string>
>;

/** The data that costs are measured over: always the same, and all records of a kind of one size. */
export class MeasuredDirectory {
  private constructor(
    private readonly service: TestService,
    private readonly kept: ReadonlyMap<string, readonly Document[]>,
    readonly ids: Ids,
    readonly key: MadeKey,
    readonly platformKey: MadeKey,
  ) {}

  /**
   * An organization whose first provider works at each of its clinics, and everybody at its first clinic; another one
   * that has as much, and some that have nothing.
   */
  static async make(service: TestService, clock: StillClock): Promise<MeasuredDirectory> {
    const directory = new Directory(service.api);
    const each = async <T>(make: (number: string, at: number) => Promise<T>): Promise<[T, ...T[]]> => {
      const made: T[] = [];
      for (let at = 0; at < RECORDS; at += 1) {
        // Each in a second of its own, as most are.
        clock.moveDate(1_000);
        made.push(await make(String(at).padStart(3, '0'), at));
      }
      const [first, ...others] = made;
      if (first === undefined) throw new Error('Nothing was made');
      return [first, ...others];
    };
    const [{ id: organization }] = await each((number) =>
      directory.organization({ ...GROUP, name: `Dental Group ${number}`, slug: `dental-group-${number}` }),
    );
    const clinics = await each((number) =>
      directory.clinic(organization, { ...CLINIC, name: `Smile Clinic ${number}`, code: `C-${number}` }),
    );
    const providers = await each((number) =>
      directory.provider(organization, { ...PROVIDER, lastName: `Ruiz ${number}`, licenseNumber: `L-${number}` }),
    );
    const [clinic, provider] = [clinics[0].id, providers[0].id];
    const [{ id: assignment }] = await each((_, at) => directory.assignment(provider, clinics[at]?.id ?? ''));
    for (const { id } of providers.slice(1)) {
      clock.moveDate(1_000);
      await directory.assignment(id, clinic);
    }
    await addNeighbours(service, new ObjectId(organization));
    const kept = new Map<string, readonly Document[]>();
    for (const name of COLLECTIONS) kept.set(name, await service.db.collection(name).find().toArray());
    const free = { freeClinic: clinics[1]?.id ?? '', freeProvider: providers[1]?.id ?? '' };
    const ids = { organization, clinic, provider, assignment, ...free };
    const key = await makeKey(service, organization, 'admin');
    return new MeasuredDirectory(service, kept, ids, key, await makeKey(service, null, 'admin'));
  }

  /** Makes the records what they were before a write. */
  async restore(): Promise<void> {
    for (const [name, documents] of this.kept) {
      const collection = this.service.db.collection(name);
      const known = new Map((await collection.find().toArray()).map((found) => [String(found._id), found]));
      for (const document of documents) {
        const found = known.get(String(document['_id']));
        known.delete(String(document['_id']));
        if (found !== undefined && isDeepStrictEqual(found, document)) continue;
        await collection.replaceOne({ _id: document['_id'] }, document, { upsert: true });
      }
      await collection.deleteMany({ _id: { $in: [...known.values()].map(({ _id }) => _id) } });
    }
  }
}

const COLLECTIONS = ['organizations', 'clinics', 'providers', 'provider_clinic_assignments'];

const ADDRESS = { street: '500 Molina', city: 'Port Lions', state: 'AK', postalCode: '99550', country: 'US' };
const GROUP = { contact: { name: 'Ana Ruiz', email: 'office@example.com' }, address: ADDRESS };
const CLINIC = { address: ADDRESS, phone: '+1 907 555 0101', timezone: 'America/Anchorage', npi: '1275836203' };
const PROVIDER = { email: 'zoe@example.com', specialty: 'orthodontics', npi: '1093817465' };

/** The same once more, for another organization: what isn't bound to one examines both. */
async function addNeighbours({ db }: TestService, organizationId: ObjectId): Promise<void> {
  const others = await db.collection('organizations').findOne({ _id: { $ne: organizationId } });
  for (const name of COLLECTIONS.slice(1)) {
    const own = await db.collection(name).find({ organizationId }).toArray();
    const references = () =>
      name === 'provider_clinic_assignments' ? { providerId: new ObjectId(), clinicId: new ObjectId() } : {};
    await db
      .collection(name)
      .insertMany(own.map(({ _id, ...fields }) => ({ ...fields, organizationId: others?._id, ...references() })));
  }
}
