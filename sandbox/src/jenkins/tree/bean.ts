/** A value that Jenkins exports. A number may be NaN or infinite; Stapler writes these bare. */
export type Value = null | string | number | boolean | Bean | Entries | LongList | readonly Value[];

/** An exported object. */
export interface Bean {
  /** `_class`; undefined where the declared type says it already, or for an object that exports nothing. */
  className: string | undefined;
  /** In the order in which they are written. A function is called only if the property is asked for, and may throw. */
  properties: Readonly<Record<string, Value | (() => Value)>>;
  /** Properties that show at any depth; default all. */
  always: ReadonlySet<string> | undefined;
}

/** A map: its keys are data, so a `tree` selects only inside its values. */
export interface Entries {
  entries: Readonly<Record<string, Value>>;
}

/** A list that is not held in memory, such as the builds of a job. */
export interface LongList {
  /** Number of items. Counting may cost as much as reading all of them. */
  size(): number;
  /** Items from `min` (inclusive) to `max` (exclusive). */
  items(min: number, max: number): Iterable<Value>;
}

/** An exported object. `always` names the properties that show at any depth; all, if left out. */
export function bean(
  className: string | undefined,
  properties: Bean['properties'],
  always?: ReadonlySet<string>,
): Bean {
  return { className, properties, always };
}

/** A collection that is no list in Java, such as a set: a range past its end is empty in every release. */
export function collection(values: readonly Value[]): LongList {
  return { size: () => values.length, items: (min, max) => values.slice(min, max) };
}

/** An object of a class that is not exported: `{}`. */
export const NOTHING_EXPORTED = bean(undefined, {});

/** Thrown by a property that cannot be read. In a list, the item is dropped in silence; elsewhere it is a 500. */
export class Unexportable extends Error {}

export function isBean(value: Value): value is Bean {
  return typeof value === 'object' && value !== null && 'properties' in value;
}

export function isMap(value: Value): value is Entries {
  return typeof value === 'object' && value !== null && 'entries' in value && !Array.isArray(value);
}

export function isLongList(value: Value): value is LongList {
  return typeof value === 'object' && value !== null && 'items' in value;
}
