import { Injectable } from '@nestjs/common';
import { ObjectId } from 'mongodb';
import { organizationPrincipal, type Principal, platformPrincipal } from '../../../common/context/principal.js';
import { currentPrincipal, requestContext } from '../../../common/context/request-context.js';
import { type CapturedCommand, CapturedCommands } from '../../../common/database/captured-commands.js';
import { IndexReports } from '../../../common/database/index-reports.js';
import { type ExplainedCommand, PlanExplainer } from '../../../common/database/plan-explainer.js';
import { type PlanSummary, verdictOf } from '../../../common/database/query-plan.js';
import { createIndexLine } from '../../../common/database/serving-index.js';
import { type OwnAnswer, OwnRequests } from '../../auth/own-requests.js';
import { refusedByRoute, routeRequest } from './explained-route.js';
import { planReport } from './plan-report.js';
import type { ExplainBody, ExplainedQuery, RouteExplanation } from './query-reports.js';

/** Who asks for the same at the same time shares a load, whose queries are then not seen here. */
const TRIES = 3;
const AGAIN_AFTER_MS = 50;

/** Explains what a route asks of the database: runs it as the API does, past the cache, and has each query explained. */
@Injectable()
export class ExplainService {
  constructor(
    private readonly requests: OwnRequests,
    private readonly captured: CapturedCommands,
    private readonly plans: PlanExplainer,
    private readonly indexes: IndexReports,
  ) {}

  /** @throws {Problem} `validation-failed` for what isn't a route, or what the route refuses */
  async explain(body: ExplainBody): Promise<RouteExplanation> {
    const { route, url } = routeRequest(body);
    const { organizationId } = body;
    const principal = organizationId === undefined ? platformReader() : viewerOf(organizationId);
    const { answer, commands } = await this.run(url, principal);
    if (answer.status === 400) throw refusedByRoute(answer.body);
    const queries: ExplainedQuery[] = [];
    for (const command of commands) queries.push(...(await this.explained(command)));
    const as = organizationId === undefined ? 'a reader of the platform' : 'a viewer of the organization';
    return { route, status: answer.status, as, queries };
  }

  private async run(
    url: string,
    principal: Principal,
  ): Promise<{ readonly answer: OwnAnswer; readonly commands: readonly CapturedCommand[] }> {
    const { correlationId, deadline } = requestContext();
    for (let left = TRIES; ; left -= 1) {
      const headers = {
        'cache-control': 'no-cache',
        'x-correlation-id': correlationId,
        ...(deadline && { 'x-request-timeout': String(deadline.leftMs) }),
      };
      const { result, commands } = await this.captured.during(() => this.requests.get(url, principal, headers));
      if (commands.length > 0 || left === 1 || (result.status >= 400 && result.status !== 404)) {
        return { answer: result, commands };
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
    }
  }

  private async explained({ name, command, ms }: CapturedCommand): Promise<readonly ExplainedQuery[]> {
    const parts = await this.plans.explainNow(name, command);
    if (parts.some(({ plan }) => plan !== undefined && verdictOf(plan) !== 'index-served')) await this.indexes.look();
    return parts.map((part, at) => ({
      shape: part.shape.text,
      collection: part.shape.collection,
      kind: part.shape.kind,
      ms: at > 0 || ms === undefined ? null : Math.round(ms * 100) / 100,
      verdict: part.plan === undefined ? 'unknown' : verdictOf(part.plan),
      plan: part.plan === undefined ? null : planReport(part.plan),
      planError: part.failure ?? null,
      ...this.advice(part),
    }));
  }

  private advice({ plan, needs }: ExplainedCommand): Pick<ExplainedQuery, 'advice' | 'createIndex'> {
    if (plan === undefined) return { advice: 'It could not be explained.', createIndex: null };
    const problem = wordsFor(plan);
    if (problem === undefined) return { advice: 'An index finds what is wanted and little else.', createIndex: null };
    if (needs === undefined) return { advice: `${problem} No single index would serve it.`, createIndex: null };
    const { served, index, isDeclared } = this.indexes.adviceFor(needs);
    if (served) return { advice: `${problem} An index for it is there: MongoDB chose otherwise.`, createIndex: null };
    if (index === undefined) return { advice: `${problem} No single index would serve it.`, createIndex: null };
    const what = isDeclared ? `The declared index ${index.name} is missing: make it.` : `${index.name} would serve it.`;
    return { advice: `${problem} ${what}`, createIndex: createIndexLine(needs.collection, index) };
  }
}

function wordsFor(plan: PlanSummary): string | undefined {
  switch (verdictOf(plan)) {
    case 'index-served':
      return undefined;
    case 'scans':
      return 'It reads the whole collection.';
    case 'sorts-in-memory':
      return 'It sorts in memory what it finds.';
    case 'examines-more-than-it-returns':
      return 'It examines far more than it returns.';
  }
}

/** Sees what a viewer of the organization sees; signed in by the key of whoever asks. */
/** Whoever runs the service needn't be allowed to read records to know how they are found: none is told. */
const platformReader = (): Principal => platformPrincipal('read-only', currentPrincipal().keyId);

const viewerOf = (organizationId: string): Principal =>
  organizationPrincipal('viewer', currentPrincipal().keyId, new ObjectId(organizationId));
