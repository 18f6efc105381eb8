export type JsonObject = { readonly [key: string]: unknown };

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.getPrototypeOf(value) === Object.prototype;

/**
 * Applies a JSON merge patch (RFC 7396): null removes, objects merge, anything else replaces.
 * Neither argument is changed. Own keys only; the parser has refused `__proto__` before.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const merged: Record<string, unknown> = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

/** Whether objects stand within each other more than so many times: such a patch is refused before it is applied. */
export const nestsDeeperThan = (levels: number, value: unknown): boolean =>
  isJsonObject(value) && (levels === 0 || Object.values(value).some((inner) => nestsDeeperThan(levels - 1, inner)));
