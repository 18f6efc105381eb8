import { z } from 'zod';
import type { IndexSpec } from './index-spec.js';
import { instant, recordId } from './scalars.js';

/**
 * The single source of what the API knows of a resource: its fields, bodies, filters, sorts, search and
 * indexes. It is data; controllers, services and repositories read it.
 */
export interface ResourceDefinition<Body = Readonly<Record<string, unknown>>> {
  /** Plural, as in the URL and the database. */
  readonly name: string;
  readonly singular: string;
  /** What POST takes. */
  readonly body: z.ZodObject;
  /** What PUT takes, and what a PATCH must lead to: the body that may leave out what never changes. */
  readonly replacement: z.ZodObject;
  /** Carries the type of a parsed body; never set. */
  readonly parsed?: Body;
  /** Body fields that are set when the record is made and never change. */
  readonly immutable: readonly string[];
  /** What the API answers: the body's fields and those that the service keeps. */
  readonly record: z.ZodObject;
  /** Query parameters that filter by equality, each parsed into the value to compare with. */
  readonly filters: Readonly<Record<string, z.ZodType>>;
  readonly sorts: readonly string[];
  /** `-` before the field for descending. */
  readonly defaultSort: string;
  /** The texts of a record by which it is found; none: the resource has no search. */
  readonly searched?: (record: Readonly<Record<string, unknown>>) => readonly (string | undefined)[];
  /** The collection's indexes. Each that ends in a sort and `_id` is one list that the API serves. */
  readonly indexes: readonly IndexSpec[];
  /** What the cache knows of it; none: it isn't cached. */
  readonly cache?: CachedResource;
  /** A whole record for the documentation. */
  readonly example: Readonly<Record<string, unknown>>;
}

/** How the records and lists of a resource are cached. */
export interface CachedResource {
  /**
   * Fields that name what a record belongs to, the narrowest first; they never change. A list that is filtered by one
   * of them is void when a record of that owner is written, any other list when any record is.
   */
  readonly owners: readonly string[];
  /** Fields that say what a record counts as in its organization's summary; a write that leaves them leaves the summary. */
  readonly countedBy: readonly string[];
}

/** A parsed body of the resource. */
export type BodyOf<R> = R extends ResourceDefinition<infer Body> ? Body : never;

interface ResourceInput<Shape extends Readonly<Record<string, z.ZodType>>>
  extends Omit<ResourceDefinition, 'body' | 'record' | 'replacement' | 'parsed'> {
  readonly body: z.ZodObject<Shape, z.core.$strict>;
  /** Fields of a record that no body sets, or that are wider in a record than in a body. */
  readonly kept?: z.ZodRawShape;
}

/** Completes a definition with what follows from it and the fields that every record has. */
export function defineResource<Shape extends Readonly<Record<string, z.ZodType>>>(
  input: ResourceInput<Shape>,
): ResourceDefinition<z.output<z.ZodObject<Shape, z.core.$strict>>> {
  const { kept, ...definition } = input;
  const record = z.object({
    id: recordId().describe('Made by the service.'),
    ...definition.body.shape,
    ...kept,
    version: z.int().min(1).describe('Raised by every write; the ETag of the record.'),
    createdAt: instant(),
    updatedAt: instant(),
  });
  const replacement = Object.entries<z.ZodType>(definition.body.shape).map(([field, schema]) => [
    field,
    definition.immutable.includes(field) ? schema.optional() : schema,
  ]);
  return { ...definition, record, replacement: z.strictObject(Object.fromEntries(replacement)) };
}
