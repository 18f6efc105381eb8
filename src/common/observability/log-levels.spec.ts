import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LEVELS, type Level, LogLevels, severityOf } from './log-levels.js';

let levels: LogLevels;
beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-11-21T08:00:00Z') });
  levels = new LogLevels();
  levels.configure('warn');
});
afterEach(() => {
  jest.useRealTimers();
});

const written = (context?: string): readonly Level[] =>
  LEVELS.filter((level) => levels.allows(severityOf(level), context));

it('what is as severe as the configured level is written, and more severe lines', () => {
  expect(written()).toEqual(['error', 'warn']);
  expect(levels.report()).toEqual({ configured: 'warn', level: 'warn', until: null, contexts: [] });
});

describe('a level that is set', () => {
  it('holds for all, until its time is over', () => {
    levels.set({ level: 'debug', forMs: 900_000 });
    expect(levels.report()).toMatchObject({ configured: 'warn', level: 'debug', until: '2026-11-21T08:15:00.000Z' });
    jest.advanceTimersByTime(899_999);
    expect(written('Problem')).toEqual(['error', 'warn', 'log', 'debug']);
    jest.advanceTimersByTime(1);
    expect(written('Problem')).toEqual(['error', 'warn']);
  });

  it('of one context changes no other, and goes before that of all', () => {
    levels.set({ level: 'error', forMs: 60_000 });
    levels.set({ level: 'verbose', context: 'Problem', forMs: 1_000 });
    expect([written('Problem'), written('Requests'), written()]).toEqual([LEVELS, ['error'], ['error']]);
    expect(levels.report().contexts).toEqual([
      { context: 'Problem', level: 'verbose', until: '2026-11-21T08:00:01.000Z' },
    ]);
    jest.advanceTimersByTime(1_000);
    expect([written('Problem'), levels.size]).toEqual([['error'], 0]);
  });

  it('again begins anew: what was set before does not end it', () => {
    levels.set({ level: 'debug', context: 'Problem', forMs: 1_000 });
    levels.set({ level: 'log', context: 'Problem', forMs: 5_000 });
    jest.advanceTimersByTime(4_999);
    expect(written('Problem')).toEqual(['error', 'warn', 'log']);
  });

  it('for good stays, until it is taken back', () => {
    levels.set({ level: 'error', forMs: null });
    jest.advanceTimersByTime(365 * 86_400_000);
    expect([written(), levels.report().until]).toEqual([['error'], null]);
    levels.set({ level: null, forMs: null });
    expect([written(), jest.getTimerCount()]).toEqual([['error', 'warn'], 0]);
  });

  it('outlives a change of the configured one', () => {
    levels.set({ level: 'debug', forMs: 1_000 });
    levels.configure('error');
    expect(written()).toContain('debug');
    jest.advanceTimersByTime(1_000);
    expect(written()).toEqual(['error']);
  });
});
