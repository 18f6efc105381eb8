import shared from './jest.config.js';

/**
 * What needs tools of the system: Prometheus and promtool, and Debian's Chromium.
 * @type {import('jest').Config}
 */
export default {
  ...shared,
  roots: ['<rootDir>/test/tools'],
  testMatch: ['<rootDir>/test/tools/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
  testTimeout: 120_000,
};
