/**
 * Looks up a key that comes from untrusted input. Only own properties count, so `constructor` and `__proto__` are
 * not found by accident.
 */
export function own<T>(object: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
}
