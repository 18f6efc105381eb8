import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { servedShapes } from '../../common/lists/list-shapes.js';
import { json } from '../../common/openapi/bodies.js';
import { guarded } from '../../common/openapi/guarded.js';
import { revalidated } from '../../common/openapi/headers.js';
import { pageExample, pageOf } from '../../common/openapi/page-schema.js';
import { CACHED, idParameter, parameter } from '../../common/openapi/parameters.js';
import { LISTS, WITH_ID } from '../../common/openapi/problem-sets.js';
import { queryParameters } from '../../common/openapi/query-parameters.js';
import type { DocumentedResource } from '../../common/openapi/resource-paths.js';
import { servedTable } from '../../common/openapi/served-lists.js';
import { joinedQuery } from '../assignments/assignments.resource.js';
import { documentedResources } from './documented-resources.js';

const { assignments, clinics, providers } = documentedResources;

interface AssignmentView {
  readonly operationId: string;
  readonly summary: string;
  /** The component of its page. */
  readonly page: string;
  /** Whose assignments the list has: the filter that the path sets. */
  readonly of: { readonly filter: string; readonly singular: string; readonly example: unknown };
  /** The member that each row has in addition, and the reference that it is loaded by. */
  readonly loaded: { readonly as: string; readonly reference: string; readonly from: DocumentedResource };
}

/** Assignments by provider and by clinic, each with the record at its other end. */
export const assignmentViewPaths = {
  '/api/v1/assignments/provider/{id}/clinics': viewPath({
    operationId: 'listClinicsOfProvider',
    summary: 'List where a provider works',
    page: 'ClinicsOfProviderPage',
    of: { filter: 'providerId', singular: 'provider', example: providers.resource.example['id'] },
    loaded: { as: 'clinic', reference: 'clinicId', from: clinics },
  }),
  '/api/v1/assignments/clinic/{id}/staff': viewPath({
    operationId: 'listStaffOfClinic',
    summary: 'List who works at a clinic',
    page: 'StaffOfClinicPage',
    of: { filter: 'clinicId', singular: 'clinic', example: clinics.resource.example['id'] },
    loaded: { as: 'provider', reference: 'providerId', from: providers },
  }),
} satisfies ZodOpenApiPathsObject;

function viewPath(view: AssignmentView) {
  return {
    parameters: [idParameter(view.of.singular, view.of.example), parameter('CorrelationId')],
    get: viewOperation(view),
  };
}

function viewOperation({ operationId, summary, page, of, loaded }: AssignmentView): ZodOpenApiOperationObject {
  const { resource, schemas } = assignments;
  const member = {
    [loaded.as]: loaded.from.schemas.record.nullable().describe(`The ${loaded.as} of \`${loaded.reference}\`.`),
  };
  const row = z.union([
    schemas.record.extend(member),
    schemas.selected.extend(member).required({ [loaded.reference]: true }),
  ]);
  return guarded(assignments.access.list, {
    operationId,
    tags: ['Assignments'],
    summary,
    description: [
      `A page of the ${of.singular}'s assignments, each with its \`${loaded.as}\`; \`isActive\` is true unless given. \`fields\` selects those of the assignment; \`${loaded.reference}\` and the ${loaded.as} are always there.`,
      servedTable(servedShapes(resource), {
        fixed: [of.filter, 'isActive'],
        taken: Object.keys(joinedQuery.shape),
      }),
    ].join('\n\n'),
    parameters: [...CACHED],
    requestParams: { query: queryParameters(resource, joinedQuery) },
    answers: revalidated(
      {
        description: 'A page of assignments.',
        content: json(
          pageOf(page, row),
          pageExample({ ...resource.example, [loaded.as]: loaded.from.resource.example }),
        ),
      },
      'Link',
      'X-Cache',
      'Age',
    ),
    problems: [...LISTS, ...WITH_ID],
    absenceCached: true,
  });
}
