import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { INDEX_PROBLEMS } from '../../../common/database/index-advice.js';
import { INDEX_STATES } from '../../../common/database/index-states.js';
import { json } from '../../../common/openapi/bodies.js';
import { guarded } from '../../../common/openapi/guarded.js';
import { headers } from '../../../common/openapi/headers.js';
import { parameter } from '../../../common/openapi/parameters.js';
import type { IndexReport } from '../../performance/indexes/indexes.service.js';
import { exampleProcess, processIdentity } from './process.js';

const keys = z.record(z.string(), z.unknown()).describe('In order; 1 ascending, -1 descending.');
const shellLine = z.string().nullable();

const report = z
  .strictObject({
    process: processIdentity,
    collections: z.array(
      z.strictObject({
        collection: z.string(),
        indexes: z.array(
          z.strictObject({
            name: z.string(),
            keys,
            unique: z.boolean(),
            where: z.record(z.string(), z.unknown()).nullable().describe('Only documents that match are in it.'),
            expireAfterSeconds: z.number().nullable(),
            state: z.enum(INDEX_STATES),
            uses: z.int().min(0).nullable().describe('By the server that was asked; null where it does not tell.'),
            usesSince: z.iso.datetime().nullable(),
            unused: z
              .boolean()
              .describe('Not used for an hour at least, nor there to keep values unique or to expire.'),
            prefixOf: z
              .string()
              .nullable()
              .describe('The index that begins with all its keys, and so makes it redundant.'),
          }),
        ),
      }),
    ),
    advice: z
      .array(
        z.strictObject({
          problem: z.enum(INDEX_PROBLEMS),
          collection: z.string(),
          index: z
            .strictObject({ name: z.string(), keys })
            .nullable()
            .describe('null where none is to be made or dropped.'),
          detail: z.string(),
          dropIndex: shellLine.describe('A line for mongosh, before `createIndex`.'),
          createIndex: shellLine.describe('A line for mongosh.'),
          shape: z.string().nullable().describe('The query that wants it, without values.'),
        }),
      )
      .describe('What is to be done, the most urgent first. Nothing does it by itself.'),
    usesUnknown: z.string().nullable().describe('Why nothing is known of how indexes are used; null where it is.'),
  })
  .meta({
    id: 'IndexReport',
    description: 'The indexes against what is declared, and against the queries that are sent.',
  });

const active = { organizationId: 1, status: 1, createdAt: -1, _id: -1 };
const NAME = 'organizationId_1_status_1_createdAt_-1__id_-1';

const example: IndexReport = {
  process: exampleProcess,
  collections: [
    {
      collection: 'clinics',
      indexes: [
        {
          name: NAME,
          keys: active,
          unique: false,
          where: null,
          expireAfterSeconds: null,
          state: 'missing',
          uses: null,
          usesSince: null,
          unused: false,
          prefixOf: null,
        },
      ],
    },
  ],
  advice: [
    {
      problem: 'missing',
      collection: 'clinics',
      index: { name: NAME, keys: active },
      detail: 'It is declared, and the database does not have it: what it serves scans.',
      dropIndex: null,
      createIndex: `db.clinics.createIndex(${JSON.stringify(active)}, ${JSON.stringify({ name: NAME })})`,
      shape: null,
    },
  ],
  usesUnknown: null,
};

/** What operators see of the database's indexes. */
export const indexesPaths = {
  '/api/v1/performance/indexes': {
    parameters: [parameter('CorrelationId')],
    get: guarded(
      { scope: 'ops:read', platform: true },
      {
        operationId: 'getIndexes',
        tags: ['Performance'],
        summary: 'Which indexes are missing, unused, redundant, or wanted by a query',
        answers: {
          200: {
            description: 'The indexes as they are now; the queries are those that the process that answers has sent.',
            headers: headers('Vary', 'Content-Encoding'),
            content: json(report, example),
          },
        },
        problems: [],
      },
    ),
  },
} satisfies ZodOpenApiPathsObject;
