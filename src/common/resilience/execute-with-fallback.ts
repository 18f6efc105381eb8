/**
 * Does the work; where it fails because of something that isn't there, does what can be done without. The one way to
 * write a degradation, so that each says which failures it is for: any other one is thrown.
 * @param isFor whether the fallback is for this failure
 * @param fallback told of the failure; undefined where it can't help either, and the failure is thrown
 */
export async function executeWithFallback<T>(
  work: () => Promise<T>,
  isFor: (error: unknown) => boolean,
  fallback: (error: unknown) => Promise<T | undefined> | T | undefined,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const instead = isFor(error) ? await fallback(error) : undefined;
    if (instead === undefined) throw error;
    return instead;
  }
}
