import type { Judged } from '../../bench/support/budgets.js';

/** Budgets of all kinds, those that fail neither first nor last. */
export const someJudged = (): readonly Judged[] => [
  { figure: 'GET /organizations, cold: p95 ms', value: 22.6, most: 150, aim: 50, holds: true, judged: true },
  { figure: 'GET /organizations/:id, cold: p95 ms', value: 7.4, most: 100, holds: true, judged: true },
  { figure: 'GET /clinics?search=, cold: p95 ms', value: 82.8, most: 300, aim: 60, holds: true, judged: true },
  { figure: 'GET /clinics, cold: p95 ms', value: 171, most: 150, aim: 50, holds: false, judged: true },
  { figure: 'POST /auth/token: p95 ms', value: 43.9, most: 300, holds: true, judged: true },
  { figure: 'mixed reads: requests/s', value: 3560, least: 2000, aim: 3000, holds: true, judged: true },
  { figure: 'hits by id while one in ten writes', value: 0.941, least: 0.9, aim: 0.94, holds: true, judged: true },
  { figure: 'errors', value: 0, most: 0.01, holds: true, judged: true },
  {
    figure: 'database, aggregation: p95 ms',
    value: 24.9,
    most: 100,
    holds: true,
    judged: false,
    note: 'the stand-in of MongoDB says nothing about MongoDB',
  },
  {
    figure: 'clinics by id, from memory: times NestJS on Express',
    value: 4.1,
    least: 6,
    aim: 8,
    holds: false,
    judged: true,
  },
  { figure: 'GET /reports: p95 ms', value: null, most: 500, holds: false, judged: false, note: 'not in this run' },
];
