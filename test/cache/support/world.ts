import { CoherentWrites } from '../../../src/common/cache/coherent-writes.js';
import type { Clock } from '../../../src/common/cache/fences.js';
import { SETTLE_MS } from '../../../src/common/cache/settling-times.js';
import type { StoredEntry } from '../../../src/common/cache/shared-tier.js';
import { CachingProcess, type Surroundings, tagOf } from './caching-process.js';
import type { Design } from './design.js';
import { findViolations, type Operation, type Rule } from './history.js';
import { mortal, Network, type Scheduler } from './network.js';
import { RegisterDatabase, ScheduledFenceLog } from './register-database.js';
import {
  type Event,
  KEYS,
  PROCESSES,
  type ProcessName,
  type ReaderPlan,
  type ReadPlan,
  type Scenario,
  type TimedEvent,
  type WriterPlan,
  writerName,
} from './scenario.js';
import { TagConnection } from './tag-connection.js';
import { VirtualClock } from './virtual-clock.js';

/** What went wrong in a run. */
export interface Wrong {
  /**
   * `stuck`: all was quiet and well again, and a process still didn't return what is there. `hangs`: it has not ended
   * though nothing was left to happen. `failed`: a read of a healthy database was rejected.
   */
  readonly rule: Rule | 'stuck' | 'hangs' | 'failed';
  readonly operation: Operation;
  readonly other?: Operation;
}

/** Plays the scenario, with all messages in the scheduler's order. */
export async function play(scenario: Scenario, scheduler: Scheduler, design: Design): Promise<readonly Wrong[]> {
  const world = new World(scheduler, design, scenario);
  try {
    await world.begin();
    await world.play();
    await world.calmDown();
    return world.findWrongs(await world.readEverything());
  } finally {
    world.stop();
  }
}

class World {
  private readonly history: Operation[] = [];
  private readonly wrongs: Wrong[] = [];
  private readonly unfinished = new Set<Operation>();
  private readonly surroundings: Surroundings;
  private readonly processes: Readonly<Record<ProcessName, CachingProcess>>;
  private readonly writes: CoherentWrites[] = [];
  private moment = 0;

  constructor(
    scheduler: Scheduler,
    private readonly design: Design,
    private readonly scenario: Scenario,
  ) {
    const clock = new VirtualClock();
    this.surroundings = {
      clock,
      network: new Network(scheduler),
      tags: design.tagServer(clock),
      database: new RegisterDatabase(),
      entries: new Map<string, StoredEntry>(),
    };
    const processOf = (name: ProcessName) => new CachingProcess(this.surroundings, name, design);
    this.processes = { A: processOf('A'), B: processOf('B') };
  }

  async begin(): Promise<void> {
    await this.checkAll();
    if (this.scenario.warm) await this.readEverything();
  }

  async play(): Promise<void> {
    const { network } = this.surroundings;
    const { writers, readers, ticks, events, delays, cutOff } = this.scenario;
    for (const { who, losses } of cutOff) network.cut(who, 'tags', losses);
    network.delay(delays);
    for (const [at, plan] of writers.entries()) void this.writer(plan, writerName(at));
    for (const plan of readers) void this.reader(plan);
    void this.happen(ticks);
    void this.happen(events);
    await network.idle();
    network.healAll();
  }

  /** Until all that were interrupted have given up, and the others have seen it. */
  async calmDown(): Promise<void> {
    const { clock, network } = this.surroundings;
    for (const ms of CALM_MS) {
      clock.advance(ms);
      await network.idle();
      await this.checkAll();
    }
    // Whoever sees now that the tags have come to another memory leaves them to settle.
    await this.readEverything();
    clock.advance(SETTLE_MS);
    await this.checkAll();
    await this.readEverything();
  }

  /** Each process reads each register, in all ways. */
  async readEverything(): Promise<readonly Operation[]> {
    const before = this.history.length;
    const reads = KEYS.flatMap((key): ReadPlan[] => [
      { kind: 'one', key },
      { kind: 'held', key },
      { kind: 'held', key },
      { kind: 'composed', key },
    ]);
    for (const process of PROCESSES) void this.reader({ at: NOW, process, reads });
    await this.surroundings.network.idle();
    return this.history.slice(before);
  }

  findWrongs(last: readonly Operation[]): readonly Wrong[] {
    const stuck = last.filter(({ key, value }) => value !== this.surroundings.database.valueOf(key));
    return [
      ...findViolations(this.history),
      ...stuck.map((operation) => ({ rule: 'stuck', operation }) as const),
      ...[...this.unfinished].map((operation) => ({ rule: 'hangs', operation }) as const),
      ...this.wrongs,
    ];
  }

  stop(): void {
    for (const name of PROCESSES) this.processes[name].stop();
    for (const writes of this.writes) writes.stop();
  }

  private async checkAll(): Promise<void> {
    for (const name of PROCESSES) void this.processes[name].check();
    await this.surroundings.network.idle();
  }

  private async reader({ at, process, reads }: ReaderPlan): Promise<void> {
    const { network } = this.surroundings;
    await network.reached(at);
    for (const plan of reads) {
      await network.travel(`${process}: asked for ${plan.kind} ${plan.key}`);
      const read = this.begun(plan.key, 'read');
      try {
        const values = await this.processes[process].read(plan);
        const respondedAt = this.now();
        for (const [key, value] of values) this.history.push({ ...read, key, value, respondedAt });
      } catch {
        this.wrongs.push({ rule: 'failed', operation: read });
      }
      this.unfinished.delete(read);
    }
  }

  private async writer({ at, key, diesAfter, commits, knowsWhatIsAway }: WriterPlan, who: string): Promise<void> {
    const { network, clock, database, tags } = this.surroundings;
    const lives = diesAfter === undefined ? network.travel : mortal(network.travel, diesAfter);
    const travel = (label: string) => lives(`${who}: ${label}`);
    const store = this.design.marks(new TagConnection(tags, network, who, lives));
    const log = this.design.writersFences(new ScheduledFenceLog(database, network, who, lives));
    const storeIsAway = () => knowsWhatIsAway && network.lossesOf(who, 'tags') !== undefined;
    const writes = new CoherentWrites(store, log, 'fenced', this.design.writersClock(this.writersClock), storeIsAway);
    this.writes.push(writes);
    await network.reached(at);
    await travel('begins');
    const write = this.begun(key, 'write');
    if (diesAfter !== undefined) this.unfinished.delete(write);
    const value = await writes
      .run(async (open) => {
        open.begin();
        const transaction = this.design.transaction(database, key, clock, travel);
        await travel('writes');
        transaction.prepare();
        await open.prepare([tagOf(key)], (id) => transaction.endFence(id));
        return transaction.commit(commits, network.travel);
      })
      .catch(() => undefined);
    this.unfinished.delete(write);
    if (value !== undefined) this.history.push({ ...write, value, respondedAt: this.now() });
  }

  /** While a writer sleeps for some milliseconds each of them passes. */
  private get writersClock(): Clock {
    const { clock, network } = this.surroundings;
    const sleep = async (ms: number) => {
      const slept = clock.sleep(ms);
      for (let passed = 0; passed < ms && ms < MOST_TICKS; passed += 1) {
        await network.travel('a millisecond');
        clock.advance(1);
      }
      await slept;
    };
    return { now: () => clock.now(), sleep };
  }

  private begun(key: string, kind: Operation['kind']): Operation {
    const operation = { key, kind, value: undefined, invokedAt: this.now(), respondedAt: undefined };
    this.unfinished.add(operation);
    return operation;
  }

  private async happen(events: readonly TimedEvent[]): Promise<void> {
    const { network } = this.surroundings;
    for (const { at, event } of events) {
      await network.reached(at);
      await network.travel(JSON.stringify(event));
      this.strike(event);
    }
  }

  private strike(event: Event): void {
    const { network, tags, clock } = this.surroundings;
    if (event.kind === 'time') clock.advance(event.ms);
    else if (event.kind === 'check') void this.processes[event.process].check();
    else if (event.kind === 'cut') network.cut(event.who, event.server, event.losses);
    else if (event.kind === 'heal') network.heal(event.who, event.server);
    else if (event.kind === 'stall') for (const who of EVERYBODY) network.cut(who, 'tags');
    else if (event.kind === 'resume') for (const who of EVERYBODY) network.heal(who, 'tags');
    else if (event.kind === 'fail over') tags.failOver(event.lag);
    else if (event.kind === 'restart') tags.restart(event.lag);
    else if (event.kind === 'restart that loses marks') tags.restartLosingMarks(event.lag);
    else if (event.kind === 'evict') tags.evict(tagOf(event.key));
  }

  private now(): number {
    this.moment += 1;
    return this.moment;
  }
}

const EVERYBODY = [...PROCESSES, ...[0, 1, 2].map(writerName)];
const MOST_TICKS = 100;
const NOW = { words: '', nth: 0 };
/** Probes and owed releases; then fences; then marks. */
const CALM_MS = [500, 500, 2_100, 61_000, 61_000, 91_000, 500];
