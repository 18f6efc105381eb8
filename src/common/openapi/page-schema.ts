import { z } from 'zod';

const pageInfo = z
  .strictObject({
    limit: z.int().min(1).describe('Rows that a page has at most.'),
    nextCursor: z.string().nullable().describe('`cursor` of the page after this one; null at the end.'),
    previousCursor: z.string().nullable().describe('`cursor` of the page before this one; null at the beginning.'),
    total: z.int().min(0).optional().describe('Rows of the whole list, where `count` asks for it.'),
    totalIs: z
      .enum(['exact', 'estimate', 'timed-out'])
      .optional()
      .describe('How the total was counted; `timed-out` where that took too long and there is none.'),
  })
  .meta({ id: 'PageInfo', description: 'Where the page lies in its list.' });

/** A page of a list with rows of the schema. */
export const pageOf = (id: string, row: z.ZodType): z.ZodObject =>
  z.strictObject({ data: z.array(row), page: pageInfo }).meta({ id, description: 'A page of a list.' });

/** The page that the documentation shows: the first of several. */
export const pageExample = (row: object) => ({
  data: [row],
  page: { limit: 20, nextCursor: 'q83vEjRWeJq83vEjRWeJq83vEjRW', previousCursor: null },
});
