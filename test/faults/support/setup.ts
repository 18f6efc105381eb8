import { afterAll, expect, jest } from '@jest/globals';
import { lies } from './honesty.js';

// Bounds of time are broken by a machine that is busy with something else: twice in a row they count.
jest.retryTimes(1, { logErrorsBeforeRetry: true });

afterAll(() => {
  expect(lies).toEqual([]);
});
