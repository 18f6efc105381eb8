import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import type { ObjectId } from 'mongodb';
import type { Precondition } from '../../common/database/precondition.js';
import { PageAnswer, RecordAnswer } from '../../common/http/answers.js';
import { CachedList, CachedRecord } from '../../common/http/cached-route.js';
import { IfMatch } from '../../common/http/if-match.js';
import {
  type ListQuery,
  ListQueryParser,
  listQuerySchema,
  type RecordQuery,
  type RemoveQuery,
  recordQuerySchema,
  removeQuerySchema,
  selectionFor,
} from '../../common/lists/list-query.js';
import type { BodyOf } from '../../common/resource/resource.js';
import { recordIdParameter } from '../../common/resource/scalars.js';
import { fullSelection } from '../../common/resource/selection.js';
import { Requires } from '../auth/access.decorators.js';
import { clinicsResource } from './clinics.resource.js';
import { ClinicsService } from './clinics.service.js';

type ClinicBody = BodyOf<typeof clinicsResource>;

const id = { schema: recordIdParameter() };
const everything = fullSelection(clinicsResource);

@Controller('clinics')
export class ClinicsController {
  private readonly lists = new ListQueryParser(clinicsResource);

  constructor(private readonly clinics: ClinicsService) {}

  @Get()
  @Requires('directory:read')
  @CachedList(clinicsResource)
  async list(@Query({ schema: listQuerySchema(clinicsResource) }) query: ListQuery) {
    return new PageAnswer(await this.clinics.list(this.lists.parse(query)));
  }

  @Post()
  @Requires('directory:write')
  async create(@Body({ schema: clinicsResource.body }) body: ClinicBody) {
    return RecordAnswer.created(await this.clinics.create(body), everything, '/api/v1/clinics');
  }

  @Get(':id')
  @Requires('directory:read')
  @CachedRecord(clinicsResource)
  async get(
    @Param('id', id) clinicId: ObjectId,
    @Query({ schema: recordQuerySchema(clinicsResource) }) { fields }: RecordQuery,
  ) {
    const selection = selectionFor(clinicsResource, fields);
    return new RecordAnswer(await this.clinics.get(clinicId, selection), selection);
  }

  @Put(':id')
  @Requires('directory:write')
  async replace(
    @Param('id', id) clinicId: ObjectId,
    @Body({ schema: clinicsResource.replacement }) body: Partial<ClinicBody>,
    @IfMatch() precondition: Precondition | undefined,
  ) {
    return new RecordAnswer(await this.clinics.replace(clinicId, body, precondition), everything);
  }

  @Patch(':id')
  @Requires('directory:write')
  async patch(
    @Param('id', id) clinicId: ObjectId,
    @Body() patch: unknown,
    @IfMatch() precondition: Precondition | undefined,
  ) {
    return new RecordAnswer(await this.clinics.patch(clinicId, patch, precondition), everything);
  }

  @Delete(':id')
  @Requires('directory:write')
  @HttpCode(204)
  async remove(
    @Param('id', id) clinicId: ObjectId,
    @Query({ schema: removeQuerySchema }) { cascade }: RemoveQuery,
    @IfMatch() precondition: Precondition | undefined,
  ) {
    await this.clinics.archive(clinicId, cascade, precondition);
  }
}
