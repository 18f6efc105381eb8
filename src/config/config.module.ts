import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { Configuration } from './configuration.js';

/** Injection token of the {@link Configuration}. */
export const CONFIGURATION = Symbol('Configuration');

@Global()
@Module({})
export class ConfigModule {
  static with(configuration: Configuration): DynamicModule {
    return {
      module: ConfigModule,
      providers: [{ provide: CONFIGURATION, useValue: configuration }],
      exports: [CONFIGURATION],
    };
  }
}
