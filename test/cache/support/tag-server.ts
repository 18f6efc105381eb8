import type { Clock } from '../../../src/common/cache/fences.js';

/** One tag: its version, or the deadlines of those who are writing it. */
export type TagState = string | ReadonlyMap<string, number>;

/**
 * The server of the tags, each operation done at once: what the scripts in `tag-scripts.ts` do. It keeps every state
 * that it was in, as a replica may have got no further.
 */
export class TagServer {
  private readonly log: ReadonlyMap<string, TagState>[] = [new Map()];
  private replicated = 0;
  private ids = 0;
  private memories = 1;
  private upSinceMs = Number.NEGATIVE_INFINITY;

  constructor(protected readonly clock: Clock) {}

  /** Names the memory that the states stand in, as `master_replid` does. */
  get memory(): string {
    return `memory${this.memories}`;
  }

  /** For how long it has been up; a replica that takes over has been for as long. */
  get ageMs(): number {
    return this.clock.now() - this.upSinceMs;
  }

  /** How many states there were. */
  get offset(): number {
    return this.log.length - 1;
  }

  fetch(tags: readonly string[]): readonly (string | null)[] {
    this.change(
      tags.filter((tag) => this.versionOf(tag) === undefined),
      () => this.freshVersion(),
    );
    return tags.map((tag) => {
      const version = this.versionOf(tag) ?? null;
      return version === null ? null : `${this.memory}:${version}`;
    });
  }

  mark(tags: readonly string[], writer: string, ttlMs: number): void {
    this.change(tags, (state) => this.marked(state, writer, this.clock.now() + ttlMs));
  }

  release(tags: readonly string[], writer: string): void {
    this.change(tags, (state) => {
      const others = this.left(state, writer);
      return others.size > 0 ? others : this.freshVersion();
    });
  }

  /** A replica has all that happened until then. */
  replicate(offset: number): void {
    this.replicated = Math.max(this.replicated, offset);
  }

  /** A replica takes over that lacks the last changes, at most `lag`, and none that it has confirmed. */
  failOver(lag: number): void {
    const at = Math.max(this.replicated, this.offset - lag);
    this.comeBackWith(this.log[at] ?? new Map());
  }

  /**
   * Comes back with what it had saved, or empty. That it doesn't lose marks while they are needed is what the protocol
   * assumes, so nothing happens while there is one.
   */
  restart(lag: number): void {
    if ([...this.state.values()].some((state) => this.living(state).size > 0)) return;
    this.restartLosingMarks(lag);
  }

  restartLosingMarks(lag: number): void {
    this.upSinceMs = this.clock.now();
    this.comeBackWith(this.log[this.offset - lag] ?? new Map());
  }

  evict(tag: string): void {
    if (typeof this.state.get(tag) !== 'string') return;
    const state = new Map(this.state);
    state.delete(tag);
    this.log.push(state);
  }

  protected marked(state: TagState | undefined, writer: string, deadline: number): TagState {
    const others = this.left(state, writer);
    return new Map([...others, [writer, deadline]]);
  }

  /** Who is writing besides this one. */
  protected left(state: TagState | undefined, writer: string): ReadonlyMap<string, number> {
    const living = this.living(state);
    living.delete(writer);
    return living;
  }

  private living(state: TagState | undefined): Map<string, number> {
    if (state === undefined || typeof state === 'string') return new Map();
    return new Map([...state].filter(([, deadline]) => deadline > this.clock.now()));
  }

  /** Null: somebody is writing it. Undefined: it needs a fresh one. */
  private versionOf(tag: string): string | null | undefined {
    const state = this.state.get(tag);
    if (state === undefined || typeof state === 'string') return state;
    return this.living(state).size > 0 ? null : undefined;
  }

  private freshVersion(): string {
    this.ids += 1;
    return `v${this.ids}`;
  }

  private get state(): ReadonlyMap<string, TagState> {
    return this.log.at(-1) ?? new Map();
  }

  private change(tags: readonly string[], next: (state: TagState | undefined) => TagState): void {
    if (tags.length === 0) return;
    this.log.push(new Map([...this.state, ...tags.map((tag) => [tag, next(this.state.get(tag))] as const)]));
  }

  private comeBackWith(state: ReadonlyMap<string, TagState>): void {
    this.memories += 1;
    this.log.length = 0;
    this.log.push(state);
    this.replicated = 0;
  }
}
