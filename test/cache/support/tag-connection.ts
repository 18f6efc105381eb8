import type { TagStore } from '../../../src/common/cache/tag-store.js';
import { type Network, type Travel, Unreachable } from './network.js';
import type { TagServer } from './tag-server.js';

/**
 * One process's way to the server of the tags: the request travels, is done, and the reply travels. What is cut off
 * on the way there may arrive later, when nobody waits for it any more.
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
    const { memory, offset } = await this.call(
      `mark ${tags}`,
      () => {
        this.server.mark(tags, writer, ttlMs);
        return { memory: this.server.memory, offset: this.server.offset };
      },
      'may come late',
    );
    await this.travel(`${this.who}: a replica confirms the mark`);
    if (this.server.memory !== memory) throw new Unreachable('no replica has the mark');
    this.server.replicate(offset);
  }

  async release(tags: readonly string[], writer: string): Promise<void> {
    await this.call(`release ${tags}`, () => this.server.release(tags, writer), 'may come late');
  }

  private probe(): readonly [] {
    if (!this.network.reaches(this.who, 'tags')) throw new Unreachable();
    return [];
  }

  private async call<T>(what: string, work: () => T, late?: 'may come late'): Promise<T> {
    await this.travel(`${this.who}: ${what}`);
    if (!this.network.reaches(this.who, 'tags')) {
      if (late !== undefined) void this.network.travel(`${this.who}: ${what}, late`).then(work);
      throw new Unreachable();
    }
    const answer = work();
    await this.travel(`${this.who}: reply to ${what}`);
    if (!this.network.reaches(this.who, 'tags')) throw new Unreachable();
    return answer;
  }
}
