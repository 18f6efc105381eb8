import { describe, expect, it } from '@jest/globals';
import { readSample, type TrendSample, writeSample } from './trends-sample.js';

const SAMPLE: TrendSample = {
  process: 'Gx3kq0aZ',
  minute: 29_931_872,
  durations: [117, 3, 214, 1],
  errors: 1,
  queries: 2,
  slow: 3,
  reads: 4,
  hits: 5,
  poolInUse: 6,
  eventLoopDelayP99Ms: 7.25,
  rssBytes: 8,
  openBreakers: 9,
  firingAlerts: 10,
};

describe('a sample that is kept', () => {
  it('is read as it was written', () => {
    expect(readSample(writeSample(SAMPLE))).toEqual(SAMPLE);
  });

  it('is the same text each time, so that it is kept once', () => {
    expect(writeSample({ ...SAMPLE, eventLoopDelayP99Ms: 7.250_000_1 })).toBe(writeSample(SAMPLE));
  });

  it('has no names, as there are many', () => {
    expect(writeSample(SAMPLE)).toBe('[1,"Gx3kq0aZ",29931872,[117,3,214,1],1,2,3,4,5,6,7.25,8,9,10]');
  });

  it.each([
    ['no JSON', 'sample'],
    ['of another form', '[2,"Gx3kq0aZ",29931872]'],
    ['cut off', '[1,"Gx3kq0aZ",29931872,[117,3],1,2]'],
    ['a count that is none', '[1,"Gx3kq0aZ",29931872,[117,-3],1,2,3,4,5,6,7.25,8,9,10]'],
  ])('and is %s is left out', (_, text) => {
    expect(readSample(text)).toBeUndefined();
  });
});
