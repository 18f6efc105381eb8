import { Module } from '@nestjs/common';
import { OpenApiController } from './openapi.controller.js';
import { ProblemsController } from './problems.controller.js';

@Module({ controllers: [OpenApiController, ProblemsController] })
export class DocsModule {}
