import type { Document, ObjectId } from 'mongodb';
import { clinicDocument } from './clinic-document.js';
import { organizationDocument } from './organization-document.js';
import type { DirectoryPlan } from './plan.js';
import { assignmentDocuments, providerDocument } from './provider-document.js';

export type SeedDocument = Document & { readonly _id: ObjectId };

/** The documents of one collection, made as they are asked for. */
export interface SeedCollection {
  readonly name: string;
  /** How many, or about how many. */
  readonly expected: number;
  documents(): Generator<SeedDocument>;
}

/** In the order in which they refer to each other, parents first. */
export function seedCollections(plan: DirectoryPlan): readonly SeedCollection[] {
  const { clinics, providers } = plan.options;
  return [
    {
      name: 'organizations',
      expected: plan.organizations,
      documents: () => numbered(plan.organizations, (number) => organizationDocument(plan, number)),
    },
    {
      name: 'clinics',
      expected: clinics,
      documents: () => numbered(clinics, (number) => clinicDocument(plan, number)),
    },
    { name: 'providers', expected: providers, documents: () => providersOf(plan) },
    {
      name: 'provider_clinic_assignments',
      expected: Math.round(providers * 1.5),
      documents: () => assignmentsOf(plan),
    },
  ];
}

function* numbered(count: number, make: (number: number) => SeedDocument): Generator<SeedDocument> {
  for (let number = 0; number < count; number += 1) yield make(number);
}

function* places(plan: DirectoryPlan) {
  for (let clinic = 0; clinic < plan.options.clinics; clinic += 1) {
    for (let nth = 0; nth < plan.providersAt(clinic); nth += 1) yield { clinic, nth };
  }
}

function* providersOf(plan: DirectoryPlan): Generator<SeedDocument> {
  for (const place of places(plan)) yield providerDocument(plan, place);
}

function* assignmentsOf(plan: DirectoryPlan): Generator<SeedDocument> {
  for (const place of places(plan)) yield* assignmentDocuments(plan, place);
}
