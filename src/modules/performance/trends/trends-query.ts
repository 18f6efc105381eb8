import { z } from 'zod';

export const trendsQuery = z.strictObject({
  window: z
    .enum(['15m', '1h', '6h', '24h'])
    .default('1h')
    .describe('How far back. Of more than 300 minutes five are one point.'),
});

export type TrendsQuery = z.output<typeof trendsQuery>;
