import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import * as F from './history/faults.js';
import { Trial } from './history/trial.js';

let trial: Trial | undefined;
afterEach(async () => trial?.stop());
const log = (...a: unknown[]) =>
  appendFileSync('/tmp/hist.trace', a.map((x) => (typeof x === 'string' ? x : JSON.stringify(x))).join(' ') + '\n');

describe('x', () => {
  it('works', async () => {
    const t0 = performance.now();
    trial = await Trial.start({
      processes: 3,
      workload: {
        lists: 60,
        members: 3,
        readers: 6,
        writers: 3,
        readersRestMs: 6,
        writersRestMs: 60,
        slowMs: 2,
        slowCommits: Number(process.env['SLOW'] ?? 0),
        memoryBytes: 300_000,
      },
    });
    const { witness, stations } = trial;
    const stat = (what: string) =>
      log(
        what,
        Math.round(performance.now() - t0),
        witness.reads,
        witness.writes,
        witness.hitShare.toFixed(2),
        witness.history.length,
        witness.failures.slice(0, 2),
      );
    stat('started');
    trial.work();
    await sleep(3000);
    stat('steady');
    const [a, b, c] = stations;
    if (!a || !b || !c) throw new Error();
    log('killed', await F.killWriter(trial, a));
    await witness.more(() => witness.reads.HIT, 300);
    stat('kill');
    log('evicted', await F.evictVersions(trial, 200));
    stat('evict');
    await F.freezeRedis(trial, 700);
    await witness.more(() => witness.reads.HIT, 300);
    stat('freeze');
    await F.freezeRedis(trial, 2500);
    await witness.more(() => witness.reads.HIT, 300);
    stat('freeze');
    await F.cutOff(trial, b, 'silence', 3);
    stat('silence');
    await F.cutOff(trial, c, 'cut', 3);
    stat('cut');
    await F.restartRedis(trial);
    await witness.more(() => witness.reads.HIT, 300);
    stat('restart');
    log('lost', await F.restartRedisWithOldData(trial, 60));
    await witness.more(() => witness.reads.HIT, 300);
    stat('old');
    await F.emptyRedis(trial);
    await witness.more(() => witness.reads.HIT, 300);
    stat('empty');
    log('lost', await F.failOver(trial));
    await witness.more(() => witness.reads.HIT, 300);
    stat('fail over');
    await trial.rest();
    stat('rest');
    await trial.readAll();
    stat('read all');
    const v = witness.violations();
    stat('checked');
    log(v.join('\n'));
    expect(v).toEqual([]);
  }, 180_000);
});
