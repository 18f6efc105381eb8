/** Does the work; the signal aborts when nobody waits for it any more. */
export type Flown<T> = (wanted: AbortSignal) => Promise<T>;

/** Loads in flight, so that equal ones are one. A load that all have left is aborted, and nobody joins it any more. */
export class Flights<T> {
  private readonly shared = new Map<string, Flight<T>>();
  private readonly queues = new Map<string, Queue<T>>();

  /**
   * The load in flight under this name, or a new one. The name must say what makes loads equal: key and versions.
   * @param rider aborts when this caller no longer waits; without one it waits to the end
   */
  join(name: string, load: Flown<T>, rider?: AbortSignal): Promise<T> {
    const flying = this.shared.get(name);
    if (flying !== undefined) return flying.board(rider);
    const leave = () => {
      if (this.shared.get(name) === flight) this.shared.delete(name);
    };
    const flight = new Flight(load, leave);
    this.shared.set(name, flight);
    return flight.board(rider);
  }

  /**
   * A load that begins after this call: the one that waits for the load under way, or a new one. However many ask,
   * one load runs for a key and one waits.
   */
  next(key: string, load: Flown<T>, rider?: AbortSignal): Promise<T> {
    const queue = this.queues.get(key);
    if (queue === undefined) return this.run(key, load, rider);
    queue.waiting ??= new Flight(
      async (wanted) => {
        await queue.ended.promise;
        wanted.throwIfAborted(); // All have left before it began.
        return this.run(key, load, wanted);
      },
      () => {
        queue.waiting = undefined;
      },
    );
    return queue.waiting.board(rider);
  }

  private run(key: string, load: Flown<T>, rider: AbortSignal | undefined): Promise<T> {
    const queue: Queue<T> = { waiting: undefined, ended: Promise.withResolvers() };
    this.queues.set(key, queue);
    const flight = new Flight<T>(
      (wanted) =>
        load(wanted).finally(() => {
          if (queue.waiting === undefined) this.queues.delete(key);
          queue.ended.resolve();
        }),
      () => undefined,
    );
    return flight.board(rider);
  }
}

/** One load, and how many wait for it. */
class Flight<T> {
  private readonly controller = new AbortController();
  private readonly landed: Promise<T>;
  private riders = 0;

  /** @param leave called when it can't be joined any more */
  constructor(
    load: Flown<T>,
    private readonly leave: () => void,
  ) {
    this.landed = load(this.controller.signal).finally(leave);
  }

  board(rider: AbortSignal | undefined): Promise<T> {
    this.riders += 1;
    if (rider === undefined) return this.landed;
    const alight = () => {
      this.riders -= 1;
      if (this.riders > 0) return;
      this.leave();
      this.controller.abort(rider.reason);
    };
    if (rider.aborted) alight();
    else rider.addEventListener('abort', alight, { once: true });
    return this.landed.finally(() => rider.removeEventListener('abort', alight));
  }
}

interface Queue<T> {
  /** The load that begins when this one has ended. */
  waiting: Flight<T> | undefined;
  readonly ended: PromiseWithResolvers<void>;
}
