/** What an object has under a key that a stranger may have named: of `constructor` and `__proto__` only its own. */
export function own<T>(object: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
}
