import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { Directory } from '../../support/directory.js';
import { CompiledService } from '../../support/processes.js';
import { PLATFORM_KEY } from '../../support/service.js';
import type { Seen } from './report.js';
import { ServiceProcess } from './service-process.js';
import { Watch } from './watch.js';

export const KEY = `Authorization: Bearer ${PLATFORM_KEY}`;
export const JSON_BODY = 'Content-Type: application/json';

const MEGABYTE = 1_048_576;

/** A real service that has something to show, and what must hold of it whatever its clients do. */
export class Target {
  private constructor(
    private readonly compiled: CompiledService,
    readonly service: ServiceProcess,
    /** A list of it is an answer of some 150 KB. */
    readonly organizationId: string,
    private readonly atRest: { readonly descriptors: number; readonly heapBytes: number },
  ) {}

  static async start(variables: Readonly<Record<string, string>> = {}): Promise<Target> {
    const compiled = new CompiledService();
    // A pool that is full before the tests begin doesn't grow during them.
    const service = await ServiceProcess.start(compiled, {
      MONGODB_MAX_POOL_SIZE: String(POOL),
      SHED_EVENT_LOOP_DELAY_MS: '0',
      ...variables,
    });
    try {
      const organizationId = await fill(new Directory(service.api));
      const atRest = { descriptors: service.descriptors(), heapBytes: await service.heapBytes() };
      return new Target(compiled, service, organizationId, atRest);
    } catch (error) {
      await service.kill();
      compiled.remove();
      throw error;
    }
  }

  get port(): number {
    return this.service.port;
  }

  /**
   * Lets the clients do what they do, and asks /livez ten times a second meanwhile. Afterwards the service must have
   * been alive, have let go of all that it held, and answer as ever.
   * @param most what its memory may have grown by, in bytes
   */
  async survives(attack: () => Promise<void>, saw: (seen: Seen) => void, most = 256 * MEGABYTE): Promise<void> {
    const rssBefore = this.service.rssBytes();
    const watch = await Watch.begin(this.service);
    await attack().finally(() => watch.end());
    const grownBy = watch.peakRssBytes - rssBefore;
    const freed = performance.now();
    await this.untilFree();
    const freedMs = performance.now() - freed;
    const heapGrownBy = await this.heapGrowth();
    saw({
      besides: `/livez within ${Math.ceil(watch.slowestMs)} ms (${watch.late(1_000)} of ${watch.answers} over a second), ${mb(grownBy)} more memory at most and ${mb(heapGrownBy)} more heap afterwards, descriptors back after ${Math.ceil(freedMs)} ms`,
    });
    expect(watch.failures).toEqual([]);
    // One in twenty may be late, for what else the machine does: a connection that it loses is made again after a second.
    expect(watch.late(1_000)).toBeLessThanOrEqual(Math.max(1, watch.answers / 20));
    expect(watch.slowestMs).toBeLessThan(3_000);
    expect(grownBy).toBeLessThan(most);
    expect(heapGrownBy).toBeLessThan(HEAP_SLACK_BYTES);
    await this.answersAsEver();
  }

  /** Resolves when the server has taken so many connections. */
  async untilTaken(least: number): Promise<void> {
    await this.service.untilDescriptors((open) => open >= this.atRest.descriptors + least);
  }

  /** Resolves when it has let go of all; the pool of the database comes and goes. */
  async untilFree(): Promise<void> {
    await this.service.untilDescriptors((open) => open <= this.atRest.descriptors + POOL);
  }

  async stop(): Promise<void> {
    await this.service.stop();
    this.compiled.remove();
  }

  /** Looks a few times: what lies outside of the heap itself is let go of a little later. */
  private async heapGrowth(looks = 5): Promise<number> {
    const grownBy = (await this.service.heapBytes()) - this.atRest.heapBytes;
    if (grownBy < HEAP_SLACK_BYTES || looks === 1) return grownBy;
    return sleep(200).then(() => this.heapGrowth(looks - 1));
  }

  private async answersAsEver(): Promise<void> {
    const { api } = this.service;
    const made = await new Directory(api).clinic(this.organizationId);
    const changed = await api.patch(`/clinics/${made.id}`, { name: 'Renamed' });
    const read = await api.get(`/clinics/${made.id}`);
    expect([changed.status, read.status, read.body['name']]).toEqual([200, 200, 'Renamed']);
    expect((await api.get(`/clinics/${made.id}`, {}, { authorization: 'Bearer nobody' })).status).toBe(401);
  }
}

const POOL = 8;
const HEAP_SLACK_BYTES = 24 * MEGABYTE;

async function fill(directory: Directory): Promise<string> {
  const { id } = await directory.organization();
  const shifts = ['08:00', '10:15', '12:30', '14:45'].map((from) => ({ from, to: from.replace(/..$/, '59') }));
  const week = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
  const openingHours = Object.fromEntries(week.map((day) => [day, shifts]));
  // One after the other, which leaves one connection behind.
  for (let made = 0; made < 100; made += 1) await directory.clinic(id, { name: 'x'.repeat(100), openingHours });
  return id;
}

const mb = (bytes: number) => `${Math.round(bytes / MEGABYTE)} MB`;
