import { type Tally, type WindowName, Windows } from './windows.js';

/** How much each of several counters has grown. */
class Growth implements Tally<Growth> {
  readonly by = new Map<string, number>();

  get empty(): boolean {
    return this.by.size === 0;
  }

  grow(name: string, by: number): void {
    if (by !== 0) this.by.set(name, (this.by.get(name) ?? 0) + by);
  }

  add(other: Growth): void {
    for (const [name, by] of other.by) this.grow(name, by);
  }
}

/** Windows over counters that others keep since the start: they are looked at now and then instead of each time they grow. */
export class Counters<Name extends string> {
  private readonly windows = new Windows(() => new Growth());
  private readonly last = new Map<Name, number>();

  /** @param reached what the counters have come to */
  constructor(private readonly reached: () => Readonly<Record<Name, number>>) {}

  /** Ends the slot. */
  turn(): void {
    this.note();
    this.windows.turn();
  }

  /** How much each has grown in the window. */
  over(window: WindowName): (name: Name) => number {
    this.note();
    const { by } = this.windows.over(window);
    return (name) => by.get(name) ?? 0;
  }

  private note(): void {
    const reached = this.reached();
    for (const name in reached) {
      this.windows.current.grow(name, reached[name] - (this.last.get(name) ?? 0));
      this.last.set(name, reached[name]);
    }
  }
}
