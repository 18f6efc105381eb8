import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Directory } from '../support/directory.js';
import { untilAnswer } from '../support/until.js';
import { House } from './support/house.js';
import { reported } from './support/report.js';

let house: House;
beforeAll(async () => {
  house = await House.build();
}, 120_000);
afterAll(() => house?.tearDown());

/** What has been asked for before is known. */
let known: string;
let unknown: string;
beforeEach(async () => {
  const directory = new Directory(house.service.api);
  const { id } = await directory.organization();
  const [one, other] = await Promise.all([directory.clinic(id), directory.clinic(id)]);
  known = `/clinics/${one.id}`;
  unknown = `/clinics/${other.id}`;
  await house.service.api.get(known);
});
afterEach(async () => {
  house.recover();
  await house.service.untilReady();
});

const timed = async <T>(work: Promise<T>) => {
  const begun = performance.now();
  return { answer: await work, tookMs: performance.now() - begun };
};

describe.each([
  ['refuses connections', () => house.toMongodb.cut()],
  ['does not answer', () => house.toMongodb.silence()],
])('while MongoDB %s', (what, strike) => {
  const fault = {
    fault: `MongoDB ${what}`,
    bound: 'known answers are STALE with their age, all else is refused within 500 ms; over within 5 s',
  };
  const test = reported(fault, async (saw) => {
    const { api } = house.service;
    strike();
    // For two seconds it is still known that nobody has written.
    const { answer: first } = await untilAnswer(
      () => timed(api.get(known)),
      ({ answer, tookMs }) => {
        expect([answer.status, tookMs < 5_000]).toEqual([200, true]);
        return answer.headers.get('x-cache') === 'STALE';
      },
    );
    expect(Number(first.answer.headers.get('age'))).toBeLessThan(60);
    const again = await timed(api.get(known));
    expect([again.answer.status, again.answer.headers.get('x-cache')]).toEqual([200, 'STALE']);
    expect(again.tookMs).toBeLessThan(500);
    const refused = await timed(api.get(unknown));
    expect([refused.answer.status, refused.answer.headers.get('retry-after')]).toEqual([503, '2']);
    expect(refused.tookMs).toBeLessThan(500);
    const write = await timed(api.patch(known, { name: 'Never' }));
    expect([write.answer.status, write.answer.body['type']]).toEqual([503, '/api/v1/problems/service-unavailable']);
    expect(write.tookMs).toBeLessThan(500);
    const wantsFresh = await api.get(known, {}, { 'cache-control': 'no-cache' });
    expect(wantsFresh.status).toBe(503);
    house.recover();
    const back = await untilAnswer(
      () => api.get(known),
      ({ headers }) => headers.get('x-cache') !== 'STALE',
    );
    saw({
      recoveredMs: back.tookMs,
      besides: `what is known is answered as stale within ${Math.ceil(first.tookMs)} ms at first, then at once`,
    });
    expect(back.tookMs).toBeLessThan(5_000);
    const written = await api.patch(known, { name: 'Renamed' });
    expect([written.status, (await api.get(known)).body['name']]).toEqual([200, 'Renamed']);
  });
  it(
    'what is known is answered as stale with its age, all else is refused at once, and it recovers by itself',
    test,
    30_000,
  );
});
