import type { TagStore } from '../../../src/common/cache/tag-store.js';
import { type Network, type Travel, Unreachable } from './network.js';
import type { TagServer } from './tag-server.js';

/**
 * One process's way to the server of the tags: the request travels, is done, and the reply travels. What is cut off
 * on the way there may arrive late.
 */
export class TagConnection implements TagStore {
  constructor(
    private readonly server: TagServer,
    private readonly network: Network,
    private readonly who: string,
    private readonly travel: Travel,
  ) {}

  async fetch(tags: readonly string[]): Promise<readonly (string | null)[]> {
    if (tags.length === 0) return this.probe();
    return this.call(`fetch ${tags}`, () => this.server.fetch(tags));
  }

  async mark(tags: readonly string[], writer: string, ttlMs: number): Promise<void> {
    const { memory, offset } = await this.call(`mark ${tags}`, () => {
      this.server.mark(tags, writer, ttlMs);
      return { memory: this.server.memory, offset: this.server.offset };
    });
    await this.travel(`${this.who}: a replica confirms the mark`);
    if (this.server.memory !== memory) throw new Unreachable('no replica has the mark');
    this.server.replicate(offset);
  }

  async release(tags: readonly string[], writer: string): Promise<void> {
    await this.call(`release ${tags}`, () => this.server.release(tags, writer));
  }

  ageMs(): Promise<number> {
    return this.call('age', () => this.server.ageMs);
  }

  private probe(): readonly [] {
    this.mustReach();
    return [];
  }

  private async call<T>(what: string, work: () => T): Promise<T> {
    await this.travel(`${this.who}: ${what}`);
    if (this.network.lossesOf(this.who, 'tags') === 'late') {
      void this.network.travel(`${this.who}: ${what}, late`).then(work);
    }
    this.mustReach();
    const answer = work();
    await this.travel(`${this.who}: reply to ${what}`);
    this.mustReach();
    return answer;
  }

  private mustReach(): void {
    if (this.network.lossesOf(this.who, 'tags') !== undefined) throw new Unreachable();
  }
}
