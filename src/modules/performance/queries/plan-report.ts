import { type PlanSummary, verdictOf } from '../../../common/database/query-plan.js';
import type { PlanReport } from './query-reports.js';

/** A plan as the API tells it. */
export function planReport(plan: PlanSummary): PlanReport {
  const { at, stages, indexes, keysExamined, docsExamined, returned } = plan;
  const examined = keysExamined === null || docsExamined === null ? null : Math.max(keysExamined, docsExamined);
  return {
    at: at.toISOString(),
    verdict: verdictOf(plan),
    ...{ stages, indexes, keysExamined, docsExamined, returned },
    examinedPerReturned: examined === null ? null : Math.round((100 * examined) / Math.max(1, returned ?? 0)) / 100,
  };
}
