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
import { providersResource } from './providers.resource.js';
import { ProvidersService } from './providers.service.js';

type ProviderBody = BodyOf<typeof providersResource>;

const id = { schema: recordIdParameter() };
const everything = fullSelection(providersResource);

@Controller('providers')
export class ProvidersController {
  private readonly lists = new ListQueryParser(providersResource);

  constructor(private readonly providers: ProvidersService) {}

  @Get()
  @Requires('directory:read')
  @CachedList(providersResource)
  async list(@Query({ schema: listQuerySchema(providersResource) }) query: ListQuery) {
    return new PageAnswer(await this.providers.list(this.lists.parse(query)));
  }

  @Post()
  @Requires('directory:write')
  async create(@Body({ schema: providersResource.body }) body: ProviderBody) {
    return RecordAnswer.created(await this.providers.create(body), everything, '/api/v1/providers');
  }

  @Get(':id')
  @Requires('directory:read')
  @CachedRecord(providersResource)
  async get(
    @Param('id', id) providerId: ObjectId,
    @Query({ schema: recordQuerySchema(providersResource) }) { fields }: RecordQuery,
  ) {
    const selection = selectionFor(providersResource, fields);
    return new RecordAnswer(await this.providers.get(providerId, selection), selection);
  }

  @Put(':id')
  @Requires('directory:write')
  async replace(
    @Param('id', id) providerId: ObjectId,
    @Body({ schema: providersResource.replacement }) body: Partial<ProviderBody>,
    @IfMatch() precondition: Precondition | undefined,
  ) {
    return new RecordAnswer(await this.providers.replace(providerId, body, precondition), everything);
  }

  @Patch(':id')
  @Requires('directory:write')
  async patch(
    @Param('id', id) providerId: ObjectId,
    @Body() patch: unknown,
    @IfMatch() precondition: Precondition | undefined,
  ) {
    return new RecordAnswer(await this.providers.patch(providerId, patch, precondition), everything);
  }

  @Delete(':id')
  @Requires('directory:write')
  @HttpCode(204)
  async remove(
    @Param('id', id) providerId: ObjectId,
    @Query({ schema: removeQuerySchema }) { cascade }: RemoveQuery,
    @IfMatch() precondition: Precondition | undefined,
  ) {
    await this.providers.archive(providerId, cascade, precondition);
  }
}
