import { Global, Module } from '@nestjs/common';
import { CachedAnswers } from './cached-answers.js';
import { RequestDeadlines } from './request-deadline.js';

/** What hooks and interceptors of all routes share. */
@Global()
@Module({ providers: [RequestDeadlines, CachedAnswers], exports: [RequestDeadlines, CachedAnswers] })
export class HttpModule {}
