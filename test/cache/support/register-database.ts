import type { Clock, Fence, FenceLog } from '../../../src/common/cache/fences.js';
import { COMMIT_WITHIN_MS } from '../../../src/common/cache/settling-times.js';
import { type Network, type Travel, Unreachable } from './network.js';

/** What MongoDB lets a transaction live. */
const TRANSACTION_LIFE_MS = 60_000;

/** Registers and fences, each change done at once. */
export class RegisterDatabase {
  private readonly values = new Map<string, number>();
  private readonly fences = new Map<string, Fence>();

  valueOf(key: string): number {
    return this.values.get(key) ?? 0;
  }

  /**
   * Raises the register, and ends the write's fence.
   * @throws when the fence has been ended by others
   */
  commit(key: string, fence?: string): number {
    if (fence !== undefined) {
      if (!this.fences.get(fence)?.pending) throw new Error('The write came later than its fence allows');
      this.end(fence);
    }
    const value = this.valueOf(key) + 1;
    this.values.set(key, value);
    return value;
  }

  open(id: string, tags: readonly string[]): void {
    this.fences.set(id, { id, tags, pending: true });
  }

  end(id: string): void {
    const fence = this.fences.get(id);
    if (fence !== undefined) this.fences.set(id, { ...fence, pending: false });
  }

  allFences(): readonly Fence[] {
    return [...this.fences.values()];
  }
}

/** One process's way to the fences, with the promises of `MongoFenceLog`. */
export class ScheduledFenceLog implements FenceLog {
  constructor(
    private readonly database: RegisterDatabase,
    private readonly network: Network,
    private readonly who: string,
    private readonly travel: Travel,
  ) {}

  open(id: string, tags: readonly string[]): Promise<void> {
    return this.call('open fence', () => this.database.open(id, tags));
  }

  end(id: string): Promise<void> {
    return this.call('end fence', () => this.database.end(id));
  }

  changed(): Promise<readonly Fence[]> {
    return this.call('read fences', () => this.database.allFences());
  }

  private async call<T>(what: string, work: () => T): Promise<T> {
    await this.travel(`${this.who}: ${what}`);
    if (this.network.lossesOf(this.who, 'fences') !== undefined) throw new Unreachable();
    const answer = work();
    await this.travel(`${this.who}: reply to ${what}`);
    if (this.network.lossesOf(this.who, 'fences') !== undefined) throw new Unreachable();
    return answer;
  }
}

/** How a commit ends, as far as the writer gets to know. */
export type CommitEnd = 'known' | 'reply lost' | 'arrives late' | 'never arrives';

/** One attempt at a write. */
export class Transaction {
  private readonly begunMs: number;
  private preparedMs = Number.POSITIVE_INFINITY;
  private fence: string | undefined;

  constructor(
    protected readonly database: RegisterDatabase,
    private readonly key: string,
    private readonly clock: Clock,
    private readonly travel: Travel,
  ) {
    this.begunMs = clock.now();
  }

  /** What the write touches is about to be marked. */
  prepare(): void {
    this.preparedMs = this.clock.now();
  }

  async endFence(id: string): Promise<void> {
    await this.travel('end fence within the transaction');
    const fence = this.database.allFences().find((known) => known.id === id);
    if (!fence?.pending) throw new Error('The write came later than its fence allows');
    this.fence = id;
  }

  /** @returns the value that it has set */
  async commit(end: CommitEnd, later: Travel): Promise<number> {
    await this.travel(`commit ${this.key}, ${end}`);
    if (end === 'arrives late')
      void later(`commit ${this.key}, late`)
        .then(() => this.apply())
        .catch(() => undefined);
    if (end === 'arrives late' || end === 'never arrives') throw new Unreachable('The result is unknown');
    const value = this.apply();
    await this.travel(`reply to commit ${this.key}`);
    if (end === 'reply lost') throw new Unreachable('The result is unknown');
    return value;
  }

  protected apply(): number {
    if (this.clock.now() - this.begunMs > TRANSACTION_LIFE_MS) throw new Error('The transaction has lived too long');
    if (this.clock.now() - this.preparedMs > COMMIT_WITHIN_MS) throw new Error('The commit has taken too long');
    return this.database.commit(this.key, this.fence);
  }
}
