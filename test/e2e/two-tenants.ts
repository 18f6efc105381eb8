import type { Answer } from '../support/api-client.js';
import { type ApiRecord, Directory } from '../support/directory.js';
import type { TestService } from '../support/service.js';
import { resourceCases } from './resource-cases.js';

/** Two organizations with a record of each kind, and what watches over them. */
export interface TwoTenants {
  /** The records of the one that is attacked from, by resource. */
  readonly own: Readonly<Record<string, ApiRecord>>;
  /** Everything that is stored, as one text. */
  stored(): Promise<string>;
  /** Whether an answer shows anything of the other organization. */
  leaks(answer: Answer): boolean;
}

const SECRET = 'Secret Practice';

export async function twoTenants({ api, db }: TestService): Promise<TwoTenants> {
  const directory = new Directory(api);
  const fill = async (name: string) => {
    const organization = await directory.organization({ name });
    const clinics = await directory.clinic(organization.id, { name });
    const providers = await directory.provider(organization.id, { lastName: name });
    const assignments = await directory.assignment(providers.id, clinics.id, { role: name });
    return { organizations: organization, clinics, providers, assignments };
  };
  const own = await fill('Own Practice');
  await fill(SECRET);
  const collections = ['organizations', 'clinics', 'providers', 'provider_clinic_assignments'];
  return {
    own,
    stored: async () =>
      JSON.stringify(
        await Promise.all(collections.map((name) => db.collection(name).find().sort({ _id: 1 }).toArray())),
      ),
    leaks: ({ body }) => JSON.stringify(body).includes(SECRET),
  };
}

/** Every route that takes a body, with the record that it changes. */
export const bodyRoutes = (own: TwoTenants['own']): readonly (readonly [string, string])[] =>
  resourceCases.flatMap(({ name, path }) => [
    ['POST', path] as const,
    ['PUT', `${path}/${own[name]?.id}`] as const,
    ['PATCH', `${path}/${own[name]?.id}`] as const,
  ]);
