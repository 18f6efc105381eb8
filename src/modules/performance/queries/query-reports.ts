import { z } from 'zod';
import type { Verdict } from '../../../common/database/query-plan.js';
import type { WindowName } from '../../../common/observability/windows.js';
import { recordId } from '../../../common/resource/scalars.js';
import type { ProcessIdentity } from '../this-process.js';

/** What the database does for a query; null where it was planned and not carried out. */
export interface PlanReport {
  readonly at: string;
  readonly verdict: Verdict;
  /** From the outside in. */
  readonly stages: readonly string[];
  readonly indexes: readonly { readonly name: string; readonly keys: Readonly<Record<string, number | string>> }[];
  readonly keysExamined: number | null;
  readonly docsExamined: number | null;
  readonly returned: number | null;
  /** Keys or documents, whichever are more, for each that was returned. */
  readonly examinedPerReturned: number | null;
}

export interface SlowQueryReport {
  /** No value of a query is in it. */
  readonly shape: string;
  readonly collection: string;
  readonly kind: string;
  readonly count: number;
  readonly slow: number;
  readonly failed: number;
  readonly totalMs: number;
  readonly meanMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  readonly lastSeen: string;
  /** null where it was not explained yet, or can't be: `planError` says why. */
  readonly plan: PlanReport | null;
  readonly planError: string | null;
  /** The latest first. */
  readonly latest: readonly {
    readonly at: string;
    readonly ms: number;
    readonly correlationId: string | null;
    readonly by: string | null;
  }[];
  /** Whose query it is. */
  readonly routes: readonly {
    readonly route: string;
    /** Where the documentation shows it. */
    readonly documentation: string | null;
    /** What to send to /queries/explain; null where the route doesn't only read the directory. */
    readonly explain: { readonly route: string; readonly parameters: Readonly<Record<string, string>> } | null;
  }[];
  /** Work of the service's own that has sent it. */
  readonly work: readonly string[];
}

export interface SlowQueriesReport {
  readonly process: ProcessIdentity;
  readonly speaksFor: 'this process';
  readonly window: WindowName;
  readonly seconds: number;
  readonly slowMs: number;
  /** First what took the most time in all. */
  readonly queries: readonly SlowQueryReport[];
}

/** What is to be explained. */
export const explainBody = z
  .strictObject({
    route: z
      .string()
      .min(1)
      .max(300)
      .describe('A GET route that reads the directory, such as `GET /api/v1/clinics/{id}`.'),
    parameters: z
      .record(z.string(), z.union([z.string().max(2000), z.number(), z.boolean()]))
      .optional()
      .describe('Those of its path and of its query, by name.'),
    organizationId: recordId()
      .optional()
      .describe('Asks as a viewer of this organization would; else as whoever sends this.'),
  })
  .meta({ id: 'QueryExplain', description: 'A request whose queries are to be explained.' });

export type ExplainBody = z.output<typeof explainBody>;

export interface ExplainedQuery {
  readonly shape: string;
  readonly collection: string;
  readonly kind: string;
  /** How long it took; null for what is read within the query before it. */
  readonly ms: number | null;
  readonly verdict: Verdict | 'unknown';
  readonly plan: PlanReport | null;
  readonly planError: string | null;
  readonly advice: string;
  /** For mongosh; null where no index would help. */
  readonly createIndex: string | null;
}

export interface RouteExplanation {
  readonly route: string;
  /** What the route has answered. */
  readonly status: number;
  readonly as: 'a reader of the platform' | 'a viewer of the organization';
  /** In the order in which they were sent. */
  readonly queries: readonly ExplainedQuery[];
}
