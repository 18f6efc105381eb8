import { type Tally, type WindowName, Windows } from './windows.js';

/**
 * The windows of many things in one, such as of all routes: added up as each slot ends, as adding up every slot of each
 * whenever somebody asks would hold up the event loop.
 */
export class Totals<T extends Tally<T>> {
  private readonly ended: Windows<T>;

  /** @param parts windows of what is added up; those that there will be later too */
  constructor(
    make: () => T,
    private readonly parts: () => Iterable<Windows<T>>,
  ) {
    this.ended = new Windows(make);
  }

  /** Ends the slot, of the parts too. */
  turn(): void {
    this.addCurrent(this.ended.current);
    this.ended.turn();
    for (const part of this.parts()) part.turn();
  }

  /** What was counted in the window, in all. */
  over(window: WindowName): T {
    const sum = this.ended.over(window);
    this.addCurrent(sum);
    return sum;
  }

  private addCurrent(sum: T): void {
    for (const { current } of this.parts()) if (!current.empty) sum.add(current);
  }
}
