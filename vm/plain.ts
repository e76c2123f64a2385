/**
 * Plain data: cloning it. State in the pure folders is made of objects, arrays, strings, numbers
 * and booleans only.
 */

/** A deep copy in which frozen parts (log entries, messages) are shared instead of copied. */
export function clonePlain<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) {
    const copy = new Array(value.length);
    for (let i = 0; i < value.length; i++) copy[i] = clonePlain(value[i]);
    return copy as T;
  }
  const copy: Record<string, unknown> = {};
  for (const key in value) copy[key] = clonePlain((value as Record<string, unknown>)[key]);
  return copy as T;
}
