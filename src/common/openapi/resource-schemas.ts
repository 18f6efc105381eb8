import { z } from 'zod';
import type { ResourceDefinition } from '../resource/resource.js';

/** The schemas of one resource, each a component of the document. */
export interface ResourceSchemas {
  /** A whole record. */
  readonly record: z.ZodObject;
  /** What `fields` leaves of one: every member but the id may be missing. */
  readonly selected: z.ZodObject;
  readonly body: z.ZodObject;
  readonly replacement: z.ZodObject;
  readonly patch: z.ZodObject;
}

/** Makes the schemas; once a document, as each carries the component's name. */
export function resourceSchemas(resource: ResourceDefinition): ResourceSchemas {
  const name = pascalCase(resource.singular);
  const { singular } = resource;
  return {
    record: resource.record.meta({ id: name, description: `A whole ${singular}.`, examples: [resource.example] }),
    selected: selectionOfRecord(resource.record).meta({
      id: `Selected${name}`,
      description: `A ${singular} of which \`fields\` selects some.`,
    }),
    body: resource.body.meta({ id: `New${name}`, description: `What makes a ${singular}.` }),
    replacement: resource.replacement.meta({
      id: `${name}Replacement`,
      description: `What a ${singular} becomes; optional members that it leaves out are removed.`,
    }),
    patch: mergePatchOf(resource.replacement).meta({
      id: `${name}Patch`,
      description: `What changes in a ${singular} (RFC 7396): null removes a member, an object merges, anything else replaces.`,
    }),
  };
}

/** Every member, at any depth, may be missing; but the record has its id. */
function selectionOfRecord(record: z.ZodObject): z.ZodObject {
  return rebuilt(record, (member) => member.optional()).required({ id: true });
}

/** A merge patch of what the schema describes (RFC 7396 2): every member, at any depth, is optional and nullable. */
function mergePatchOf(schema: z.ZodObject): z.ZodObject {
  return rebuilt(schema, (member) => member.nullable().optional());
}

/** The object with each member changed, those of nested objects first. Arrays are values: they change as a whole. */
function rebuilt(object: z.ZodObject, change: (member: z.ZodType) => z.ZodType): z.ZodObject {
  const members = Object.entries<z.ZodType>(object.shape).map(([name, member]) => {
    const bare = member instanceof z.ZodOptional ? member.unwrap() : member;
    if (bare instanceof z.ZodObject) return [name, described(change(rebuilt(bare, change)), member)];
    return bare instanceof z.ZodType && bare !== member
      ? [name, described(change(bare), member)]
      : [name, change(member)];
  });
  return z.strictObject(Object.fromEntries(members));
}

const described = (schema: z.ZodType, { description }: z.ZodType): z.ZodType =>
  description === undefined ? schema : schema.describe(description);

/** As the name of a component or in that of an operation: `audit entry` becomes `AuditEntry`. */
export const pascalCase = (words: string): string => words.split(' ').map(capitalized).join('');

export const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
