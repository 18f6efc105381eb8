import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PlatformKeyGuard } from './platform-key.guard.js';

@Module({ providers: [{ provide: APP_GUARD, useClass: PlatformKeyGuard }] })
export class AuthModule {}
