import type { Dependency } from './dependency.js';

type AsyncMethod<This, Args extends unknown[], T> = (this: This, ...args: Args) => Promise<T>;

/**
 * Decorates an asynchronous method: it runs behind the breaker of what its object stands on, and rejects with
 * `Unavailable` at once while that is away.
 * @param dependencyOf what the object stands on; undefined: the method runs as it is
 */
export const BehindBreaker =
  <This>(dependencyOf: (self: This) => Dependency | undefined) =>
  <Args extends unknown[], T>(
    _target: object,
    _name: string,
    descriptor: TypedPropertyDescriptor<AsyncMethod<This, Args, T>>,
  ): void => {
    const method = descriptor.value;
    if (method === undefined) return;
    descriptor.value = function (...args) {
      const dependency = dependencyOf(this);
      return dependency === undefined ? method.apply(this, args) : dependency.run(() => method.apply(this, args));
    };
  };
