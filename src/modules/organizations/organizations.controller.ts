import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import type { ObjectId } from 'mongodb';
import type { Precondition } from '../../common/database/precondition.js';
import { PageAnswer, RecordAnswer } from '../../common/http/answers.js';
import { Cached, CachedList, CachedRecord } from '../../common/http/cached-route.js';
import { IfMatch } from '../../common/http/if-match.js';
import { DeadlineOf } from '../../common/http/request-deadline.js';
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
import { PlatformRequires, Requires } from '../auth/access.decorators.js';
import { organizationsResource } from './organizations.resource.js';
import { OrganizationsService, summaryDependsOn } from './organizations.service.js';

type OrganizationBody = BodyOf<typeof organizationsResource>;

const id = { schema: recordIdParameter() };
const everything = fullSelection(organizationsResource);

@Controller('organizations')
export class OrganizationsController {
  private readonly lists = new ListQueryParser(organizationsResource);

  constructor(private readonly organizations: OrganizationsService) {}

  @Get()
  @PlatformRequires('directory:read')
  @CachedList(organizationsResource)
  async list(@Query({ schema: listQuerySchema(organizationsResource) }) query: ListQuery) {
    return new PageAnswer(await this.organizations.list(this.lists.parse(query)));
  }

  @Post()
  @PlatformRequires('organizations:manage')
  async create(@Body({ schema: organizationsResource.body }) body: OrganizationBody) {
    return RecordAnswer.created(await this.organizations.create(body), everything, '/api/v1/organizations');
  }

  @Get(':id')
  @Requires('directory:read')
  @CachedRecord(organizationsResource)
  async get(
    @Param('id', id) organizationId: ObjectId,
    @Query({ schema: recordQuerySchema(organizationsResource) }) { fields }: RecordQuery,
  ) {
    const selection = selectionFor(organizationsResource, fields);
    return new RecordAnswer(await this.organizations.get(organizationId, selection), selection);
  }

  @Get(':id/summary')
  @DeadlineOf('report')
  @Requires('directory:read')
  @Cached((refs, { params, url }) => refs.summary(organizationsResource, url, summaryDependsOn(params['id'] ?? '')))
  summary(@Param('id', id) organizationId: ObjectId) {
    return this.organizations.summary(organizationId);
  }

  @Put(':id')
  @Requires('organization:write')
  async replace(
    @Param('id', id) organizationId: ObjectId,
    @Body({ schema: organizationsResource.replacement }) body: Partial<OrganizationBody>,
    @IfMatch() precondition: Precondition | undefined,
  ) {
    return new RecordAnswer(await this.organizations.replace(organizationId, body, precondition), everything);
  }

  @Patch(':id')
  @Requires('organization:write')
  async patch(
    @Param('id', id) organizationId: ObjectId,
    @Body() patch: unknown,
    @IfMatch() precondition: Precondition | undefined,
  ) {
    return new RecordAnswer(await this.organizations.patch(organizationId, patch, precondition), everything);
  }

  @Delete(':id')
  @PlatformRequires('organizations:manage')
  @HttpCode(204)
  async remove(
    @Param('id', id) organizationId: ObjectId,
    @Query({ schema: removeQuerySchema }) { cascade }: RemoveQuery,
    @IfMatch() precondition: Precondition | undefined,
  ) {
    await this.organizations.archive(organizationId, cascade, precondition);
  }
}
