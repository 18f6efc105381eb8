import { CoherentWrites } from '../../../src/common/cache/coherent-writes.js';
import type { StoredEntry } from '../../../src/common/cache/shared-tier.js';
import { CachingProcess, type Surroundings, tagOf } from './caching-process.js';
import type { Design } from './design.js';
import { findViolations, type Operation, type Violation } from './history.js';
import { mortal, Network, type Scheduler } from './network.js';
import { RegisterDatabase, ScheduledFenceLog } from './register-database.js';
import {
  type Fault,
  KEYS,
  PROCESSES,
  type ProcessName,
  type ReaderPlan,
  type Scenario,
  type WriterPlan,
  writerName,
} from './scenario.js';
import { TagConnection } from './tag-connection.js';
import { VirtualClock } from './virtual-clock.js';

/** What went wrong in a run; stuck: all was quiet and well again, and a process still didn't return what is there. */
export type Wrong = Violation | { readonly rule: 'stuck'; readonly operation: Operation };

/** Plays the scenario with all messages in the scheduler's order. */
export async function play(scenario: Scenario, scheduler: Scheduler, design: Design): Promise<readonly Wrong[]> {
  const world = new World(scheduler, design);
  try {
    await world.begin(scenario.warm);
    await world.play(scenario);
    await world.calmDown();
    const last = await world.readEverything();
    const stuck = last.filter(({ key, value }) => value !== world.valueOf(key));
    return [...findViolations(world.history), ...stuck.map((operation) => ({ rule: 'stuck', operation }) as const)];
  } finally {
    world.stop();
  }
}

class World {
  readonly history: Operation[] = [];
  private readonly surroundings: Surroundings & { readonly network: Network; readonly clock: VirtualClock };
  private readonly processes: Readonly<Record<ProcessName, CachingProcess>>;
  private readonly writes: CoherentWrites[] = [];
  private moment = 0;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly design: Design,
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

  valueOf(key: string): number {
    return this.surroundings.database.valueOf(key);
  }

  async begin(warm: boolean): Promise<void> {
    await this.checkAll();
    if (warm) await this.readEverything();
  }

  async play({ writers, readers, faults, ticks, checks }: Scenario): Promise<void> {
    const { network, clock } = this.surroundings;
    const open = [
      ...readers.map((plan) => this.reader(plan)),
      this.inTurn(faults, 'fault', async (fault) => this.strike(fault)),
      this.inTurn(ticks, 'time passes', async (ms) => clock.advance(ms)),
      ...PROCESSES.map((name) =>
        this.inTurn(Array(checks).fill(name), `${name} checks`, () => this.processes[name].check()),
      ),
    ];
    for (const [at, plan] of writers.entries()) void this.writer(plan, writerName(at));
    await this.scheduler.waitFor(Promise.all(open));
    await this.scheduler.waitIdle();
    network.healAll();
  }

  /** Until all that were interrupted have given up, and the others have seen it. */
  async calmDown(): Promise<void> {
    const { clock } = this.surroundings;
    for (const ms of CALM_MS) {
      clock.advance(ms);
      await this.scheduler.waitIdle();
      await this.checkAll();
    }
  }

  /** Each process reads each register. */
  async readEverything(): Promise<readonly Operation[]> {
    const before = this.history.length;
    const reads = PROCESSES.flatMap((process) =>
      KEYS.map((key) =>
        this.reader({
          process,
          reads: [
            { kind: 'one', key },
            { kind: 'composed', key },
          ],
        }),
      ),
    );
    await this.scheduler.waitFor(Promise.all(reads));
    await this.scheduler.waitIdle();
    return this.history.slice(before);
  }

  stop(): void {
    for (const name of PROCESSES) this.processes[name].stop();
    for (const writes of this.writes) writes.stop();
  }

  private async checkAll(): Promise<void> {
    await this.scheduler.waitFor(Promise.all(PROCESSES.map((name) => this.processes[name].check())));
    await this.scheduler.waitIdle();
  }

  private async reader({ process, reads }: ReaderPlan): Promise<void> {
    await this.inTurn(reads, `${process} reads`, async (plan) => {
      const invokedAt = this.now();
      const values = await this.processes[process].read(plan);
      const respondedAt = this.now();
      for (const [key, value] of values) this.history.push({ key, kind: 'read', value, invokedAt, respondedAt });
    });
  }

  private async writer({ key, diesAfter, commits }: WriterPlan, who: string): Promise<void> {
    const { network, clock, database, tags } = this.surroundings;
    const life = mortal(network.travel, diesAfter);
    const travel = (label: string) => life(`${who}: ${label}`);
    const store = this.design.marks(new TagConnection(tags, network, who, life));
    const log = this.design.writersFences(new ScheduledFenceLog(database, network, who, life));
    const writes = new CoherentWrites(store, log, 'fenced', this.design.writersClock(clock));
    this.writes.push(writes);
    await travel('begins');
    const invokedAt = this.now();
    const value = await writes
      .run(async (open) => {
        open.begin();
        const transaction = this.design.transaction(database, key, clock, travel);
        await travel('writes');
        await open.prepare([tagOf(key)], (id) => transaction.endFence(id));
        return transaction.commit(commits, network.travel);
      })
      .catch(() => undefined);
    if (value === undefined) return;
    this.history.push({ key, kind: 'write', value, invokedAt, respondedAt: this.now() });
  }

  private strike(fault: Fault): void {
    const { network, tags } = this.surroundings;
    if (fault.kind === 'cut') network.cut(fault.who, fault.server);
    else if (fault.kind === 'heal') network.heal(fault.who, fault.server);
    else if (fault.kind === 'stall') for (const who of EVERYBODY) network.cut(who, 'tags');
    else if (fault.kind === 'resume') for (const who of EVERYBODY) network.heal(who, 'tags');
    else if (fault.kind === 'fail over') tags.failOver(fault.lag);
    else if (fault.kind === 'evict') tags.evict(tagOf(fault.key));
    else tags.restart(fault.kind === 'restart with marks');
  }

  private async inTurn<T>(things: readonly T[], label: string, act: (thing: T) => Promise<void>): Promise<void> {
    for (const thing of things) {
      await this.surroundings.network.travel(`${label} ${JSON.stringify(thing)}`);
      await act(thing);
    }
  }

  private now(): number {
    this.moment += 1;
    return this.moment;
  }
}

const EVERYBODY = [...PROCESSES, ...[0, 1, 2].map(writerName)];
/** Probes and owed releases; then fences; then marks. */
const CALM_MS = [500, 500, 2_100, 61_000, 61_000, 91_000, 500];
