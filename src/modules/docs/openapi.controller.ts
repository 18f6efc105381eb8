import { Controller, Get } from '@nestjs/common';
import { ReadyAnswer } from '../../common/http/ready-answer.js';
import { jsonPayload } from '../../common/resource/record-payload.js';
import { Public } from '../auth/access.decorators.js';
import { apiDocument } from './api-document.js';

@Public()
@Controller('openapi.json')
export class OpenApiController {
  private readonly answer = new ReadyAnswer(jsonPayload(apiDocument(), undefined));

  /** The description of the API, as bytes that are made once. */
  @Get()
  document(): ReadyAnswer {
    return this.answer;
  }
}
