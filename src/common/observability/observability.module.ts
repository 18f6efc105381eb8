import { Global, Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CONFIGURATION } from '../../config/config.module.js';
import type { Configuration } from '../../config/configuration.js';
import { RequestLog } from './request-log.js';
import { RequestMetrics } from './request-metrics.js';
import { RuntimeMetrics } from './runtime-metrics.js';
import { WindowClock } from './windows.js';

/** What a process knows of itself. */
@Global()
@Module({
  providers: [
    { provide: RequestLog, useFactory: () => new RequestLog() },
    { provide: WindowClock, useFactory: () => new WindowClock() },
    { provide: RequestMetrics, inject: [WindowClock], useFactory: (clock: WindowClock) => new RequestMetrics(clock) },
    { provide: RuntimeMetrics, inject: [WindowClock], useFactory: (clock: WindowClock) => new RuntimeMetrics(clock) },
  ],
  exports: [RequestLog, WindowClock, RequestMetrics, RuntimeMetrics],
})
export class ObservabilityModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(WindowClock) private readonly clock: WindowClock,
    @Inject(RuntimeMetrics) private readonly runtime: RuntimeMetrics,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  onModuleInit(): void {
    if (!this.configuration.metrics.enabled) return;
    this.clock.start();
    this.runtime.start();
  }

  onApplicationShutdown(): void {
    this.clock.stop();
    this.runtime.stop();
  }
}
