import shared from './jest.config.js';

/**
 * The fault suite: real processes, one case after the other, since each takes the machine for itself.
 * @type {import('jest').Config}
 */
export default {
  ...shared,
  roots: ['<rootDir>/test/faults'],
  testMatch: ['**/*.fault.ts'],
  globalSetup: '<rootDir>/test/faults/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/faults/support/global-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/test/faults/support/setup.ts'],
  maxWorkers: 1,
  // Node's clean-up at the end waits for good, now and then, for a connection that was cut off while it was being made.
  forceExit: true,
};
