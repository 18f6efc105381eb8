import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import type { ObjectId } from 'mongodb';
import type { Precondition } from '../../common/database/precondition.js';
import { PageAnswer, RecordAnswer } from '../../common/http/answers.js';
import { Cached, CachedList, CachedRecord } from '../../common/http/cached-route.js';
import { IfMatch } from '../../common/http/if-match.js';
import {
  type ListQuery,
  ListQueryParser,
  listQuerySchema,
  type RecordQuery,
  recordQuerySchema,
  selectionFor,
} from '../../common/lists/list-query.js';
import type { BodyOf } from '../../common/resource/resource.js';
import { recordIdParameter } from '../../common/resource/scalars.js';
import { fullSelection } from '../../common/resource/selection.js';
import { Requires } from '../auth/access.decorators.js';
import { assignmentsResource, joinedQuery } from './assignments.resource.js';
import { AssignmentsService } from './assignments.service.js';

type AssignmentBody = BodyOf<typeof assignmentsResource>;

const id = { schema: recordIdParameter() };
const everything = fullSelection(assignmentsResource);

@Controller('assignments')
export class AssignmentsController {
  private readonly lists = new ListQueryParser(assignmentsResource);

  constructor(private readonly assignments: AssignmentsService) {}

  @Get()
  @Requires('directory:read')
  @CachedList(assignmentsResource)
  async list(@Query({ schema: listQuerySchema(assignmentsResource) }) query: ListQuery) {
    return new PageAnswer(await this.assignments.list(this.lists.parse(query)));
  }

  @Get('provider/:id/clinics')
  @Requires('directory:read')
  @Cached('composed')
  async clinicsOf(
    @Param('id', id) providerId: ObjectId,
    @Query({ schema: joinedQuery }) { isActive = true, ...query }: ListQuery,
  ) {
    const request = this.lists.parse(query, { providerId, isActive }, ['clinicId']);
    const { page, parts } = await this.assignments.clinicsOf(providerId, request);
    return new PageAnswer(page, parts);
  }

  @Get('clinic/:id/staff')
  @Requires('directory:read')
  @Cached('composed')
  async staffOf(
    @Param('id', id) clinicId: ObjectId,
    @Query({ schema: joinedQuery }) { isActive = true, ...query }: ListQuery,
  ) {
    const request = this.lists.parse(query, { clinicId, isActive }, ['providerId']);
    const { page, parts } = await this.assignments.staffOf(clinicId, request);
    return new PageAnswer(page, parts);
  }

  @Post()
  @Requires('directory:write')
  async create(@Body({ schema: assignmentsResource.body }) body: AssignmentBody) {
    return RecordAnswer.created(await this.assignments.create(body), everything, '/api/v1/assignments');
  }

  @Get(':id')
  @Requires('directory:read')
  @CachedRecord(assignmentsResource)
  async get(
    @Param('id', id) assignmentId: ObjectId,
    @Query({ schema: recordQuerySchema(assignmentsResource) }) { fields }: RecordQuery,
  ) {
    const selection = selectionFor(assignmentsResource, fields);
    return new RecordAnswer(await this.assignments.get(assignmentId, selection), selection);
  }

  @Put(':id')
  @Requires('directory:write')
  async replace(
    @Param('id', id) assignmentId: ObjectId,
    @Body({ schema: assignmentsResource.replacement }) body: Partial<AssignmentBody>,
    @IfMatch() precondition: Precondition | undefined,
  ) {
    return new RecordAnswer(await this.assignments.replace(assignmentId, body, precondition), everything);
  }

  @Patch(':id')
  @Requires('directory:write')
  async patch(
    @Param('id', id) assignmentId: ObjectId,
    @Body() patch: unknown,
    @IfMatch() precondition: Precondition | undefined,
  ) {
    return new RecordAnswer(await this.assignments.patch(assignmentId, patch, precondition), everything);
  }

  @Delete(':id')
  @Requires('directory:write')
  @HttpCode(204)
  async remove(@Param('id', id) assignmentId: ObjectId, @IfMatch() precondition: Precondition | undefined) {
    await this.assignments.end(assignmentId, precondition);
  }
}
