import { create } from '../support/api.js';
import { compare } from '../support/compare.js';
import { startProgram } from '../support/program.js';
import type { Scenario } from '../support/scenario.js';

/** What principals and rate limits cost: the same handler, bare and behind the guard, as an organization's key. */
export const guards: Scenario = {
  title: 'A small NestJS-Fastify handler, 100 connections',
  subject: 'with key and rate limit',
  peer: 'bare',
  aim: 0.95,
  floor: 0.4,
  async run({ environment, adminKey, seconds, rounds }) {
    const service = await startProgram('Enterprise Service', 'dist/main.js', environment);
    const api = `${service.url}/api/v1`;
    const organization = await create(`${api}/organizations`, adminKey, {
      name: 'Guarded',
      slug: `guarded-${Date.now()}`,
    });
    const { key } = await create(`${api}/auth/keys`, adminKey, {
      organizationId: organization['id'],
      name: 'benchmark',
      role: 'viewer',
    });
    await service.stop();
    const limits = { GUARDED: 'true', RATE_LIMIT_TENANT_PER_MINUTE: '10000000', SHED_EVENT_LOOP_DELAY_MS: '0' };
    const guarded = await startProgram('guarded', 'bench/peers/small-handler.ts', { ...environment, ...limits });
    const bare = await startProgram('bare', 'bench/peers/small-handler.ts', environment);
    try {
      const headers = { authorization: `Bearer ${String(key)}` };
      return await compare(guarded, bare, { path: '/small', headers, connections: 100, seconds, rounds });
    } finally {
      await Promise.all([guarded.stop(), bare.stop()]);
    }
  },
};
