/** Loads in flight, so that equal ones are one. */
export class Flights<T> {
  private readonly shared = new Map<string, Promise<T>>();
  private readonly queues = new Map<string, Queue<T>>();

  /** The load in flight under this name, or a new one. The name must say what makes loads equal: key and versions. */
  join(name: string, load: () => Promise<T>): Promise<T> {
    const flying = this.shared.get(name);
    if (flying !== undefined) return flying;
    const flight = load().finally(() => this.shared.delete(name));
    this.shared.set(name, flight);
    return flight;
  }

  /**
   * A load that begins after this call: the one that waits for the load under way, or a new one. However many ask,
   * one load runs for a key and one waits.
   */
  next(key: string, load: () => Promise<T>): Promise<T> {
    const queue = this.queues.get(key);
    if (queue === undefined) return this.run(key, load);
    queue.waiting ??= queue.ended.promise.then(() => this.run(key, load));
    return queue.waiting;
  }

  private run(key: string, load: () => Promise<T>): Promise<T> {
    const queue: Queue<T> = { waiting: undefined, ended: Promise.withResolvers() };
    this.queues.set(key, queue);
    return load().finally(() => {
      if (queue.waiting === undefined) this.queues.delete(key);
      queue.ended.resolve();
    });
  }
}

interface Queue<T> {
  /** The load that begins when this one has ended. */
  waiting: Promise<T> | undefined;
  readonly ended: PromiseWithResolvers<void>;
}
