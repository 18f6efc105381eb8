import { at } from './at.js';
import type { Directory, Entry } from './directory.js';
import { zipf } from './zipf.js';

/** The kinds of answers whose hit rates are promised. */
export const KINDS = ['organizations', 'clinics', 'assignments', 'lists', 'aggregations'] as const;

export type Kind = (typeof KINDS)[number];

export interface MixedRequest {
  /** None for a write. */
  readonly kind?: Kind;
  readonly path: string;
  /** The credential to send. */
  readonly key: string;
  /** The body of a PATCH; a GET has none. */
  readonly patch?: unknown;
}

const WRITES = 0.05;

/**
 * Draws requests to a directory: the kinds of reads equally often, 5% of writes equally often of each resource, and
 * which one of them by Zipf's law, so that what is read most is also written most.
 */
export function requestMix({ organizations, clinics, providers, assignments }: Directory): () => MixedRequest {
  const pages = [1, 2, 3, 4].flatMap((page) => organizations.map((entry) => ({ ...entry, page })));
  const clinicPages = oneOf(pages, ({ page, key }) => ({ path: `clinics?limit=5&page=${page}`, key }));
  const staff = oneOf(clinics, ({ id, key }) => ({ path: `assignments/clinic/${id}/staff`, key }));
  const reads: Readonly<Record<Kind, () => Target>> = {
    organizations: oneOf(organizations, record('organizations')),
    clinics: oneOf(clinics, record('clinics')),
    assignments: oneOf(assignments, record('assignments')),
    lists: () => (Math.random() < 0.5 ? clinicPages() : staff()),
    aggregations: oneOf(organizations, ({ id, key }) => ({ path: `organizations/${id}/summary`, key })),
  };
  const writes: readonly (() => MixedRequest)[] = [
    oneOf(organizations, (entry) => ({
      ...record('organizations')(entry),
      patch: { contact: { phone: somePhone() } },
    })),
    oneOf(clinics, (entry) => ({ ...record('clinics')(entry), patch: { phone: somePhone() } })),
    oneOf(providers, (entry) => ({ ...record('providers')(entry), patch: { phone: somePhone() } })),
    oneOf(assignments, (entry) => ({ ...record('assignments')(entry), patch: { isPrimary: Math.random() < 0.5 } })),
  ];
  return () => {
    if (Math.random() < WRITES) return any(writes)();
    const kind = any(KINDS);
    return { kind, ...reads[kind]() };
  };
}

type Target = Pick<MixedRequest, 'path' | 'key'>;

const record =
  (resource: string) =>
  ({ id, key }: Entry): Target => ({ path: `${resource}/${id}`, key });

function oneOf<From, To>(population: readonly From[], asked: (one: From) => To): () => To {
  const draw = zipf(population.length);
  return () => asked(at(population, draw()));
}

const any = <Item>(items: readonly Item[]): Item => at(items, Math.floor(Math.random() * items.length));

const somePhone = (): string => `+1 907 555 ${String(Math.floor(Math.random() * 10_000)).padStart(4, '0')}`;
