import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { PlatformRequires } from '../../auth/access.decorators.js';
import { type ClearBody, clearBody, type WarmBody, warmBody } from './cache.bodies.js';
import { CacheOperations, type CacheReport, type Warmed } from './cache.service.js';

@Controller('performance/cache')
export class CacheController {
  constructor(private readonly cache: CacheOperations) {}

  @PlatformRequires('ops:read')
  @Get('stats')
  stats(): Promise<CacheReport> {
    return this.cache.stats();
  }

  @PlatformRequires('ops:write')
  @Post('clear')
  @HttpCode(204)
  async clear(@Body({ schema: clearBody }) body: ClearBody): Promise<void> {
    await this.cache.clear(body);
  }

  @PlatformRequires('ops:write')
  @Post('warm')
  @HttpCode(200)
  warm(@Body({ schema: warmBody }) body: WarmBody): Promise<Warmed> {
    return this.cache.warm(body);
  }
}
