import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { ObjectId } from 'mongodb';
import type { z } from 'zod';
import { PageAnswer, RecordAnswer } from '../../common/http/answers.js';
import { type ListQuery, ListQueryParser, listQuerySchema } from '../../common/lists/list-query.js';
import type { BodyOf } from '../../common/resource/resource.js';
import { recordIdParameter } from '../../common/resource/scalars.js';
import { fullSelection } from '../../common/resource/selection.js';
import { Requires } from './access.decorators.js';
import { apiKeysResource, rotationBody } from './api-keys.resource.js';
import { ApiKeysService, type MadeKey } from './api-keys.service.js';

const id = { schema: recordIdParameter() };
const everything = fullSelection(apiKeysResource);

@Requires('keys:manage')
@Controller('auth/keys')
export class ApiKeysController {
  private readonly lists = new ListQueryParser(apiKeysResource);

  constructor(private readonly keys: ApiKeysService) {}

  @Get()
  async list(@Query({ schema: listQuerySchema(apiKeysResource) }) query: ListQuery) {
    return new PageAnswer(await this.keys.list(this.lists.parse(query)));
  }

  @Post()
  async create(@Body({ schema: apiKeysResource.body }) body: BodyOf<typeof apiKeysResource>) {
    return shownOnce(await this.keys.create(body));
  }

  @Get(':id')
  async get(@Param('id', id) keyId: ObjectId) {
    return new RecordAnswer(await this.keys.get(keyId), everything);
  }

  @Post(':id/rotate')
  async rotate(
    @Param('id', id) keyId: ObjectId,
    @Body({ schema: rotationBody.optional().transform((body) => body ?? rotationBody.parse({})) })
    { overlapSeconds }: z.output<typeof rotationBody>,
  ) {
    return shownOnce(await this.keys.rotate(keyId, overlapSeconds));
  }

  @Delete(':id')
  @HttpCode(204)
  async revoke(@Param('id', id) keyId: ObjectId) {
    await this.keys.revoke(keyId);
  }
}

const shownOnce = ({ record, key }: MadeKey): RecordAnswer =>
  RecordAnswer.created(record, everything, '/api/v1/auth/keys').with({ key });
