import { microsIn, microsOf } from '../bodies/dates.ts';
import type { RecordedRow } from '../store/facts.ts';
import type { FieldOf, Instant, Value } from './evaluate.ts';

/** A list of the vendor's, before it is filtered, sorted and cut into pages. */
interface Listing<T> {
  items: readonly T[];
  fieldOf: FieldOf<T>;
  bytes(item: T): Buffer;
}

/** A listing with another type of items, for a route that can have either. */
export type AnyListing = Listing<unknown>;

/** Makes a listing of items whose fields are read by name. */
export function listing<T>(
  items: readonly T[],
  fields: Readonly<Record<string, (item: T) => Value>>,
  bytes: (item: T) => Buffer,
): AnyListing {
  const made: Listing<T> = {
    items,
    fieldOf: (item, field) => (Object.hasOwn(fields, field) ? fields[field]!(item) : undefined),
    bytes,
  };
  return made as AnyListing;
}

/** A time of the store as queries see it. */
export function instant(at: number): Instant {
  return { micros: microsOf(at) };
}

/** Recorded rows as a listing; fields are what the bytes say. */
export function recordedListing(rows: readonly RecordedRow[]): AnyListing {
  const made: Listing<RecordedRow> = {
    items: rows,
    fieldOf: ({ facts }, field) => {
      let value: unknown = facts;
      for (const name of field.split('.'))
        value = (value as Record<string, unknown> | null | undefined)?.[name];
      if (typeof value !== 'string') return (value ?? null) as Value;
      const micros = microsIn(value);
      return micros === undefined ? value : { micros };
    },
    bytes: ({ bytes }) => bytes,
  };
  return made as AnyListing;
}

/** Two lists after each other. */
export function joined(first: AnyListing, second: AnyListing): AnyListing {
  const of = new Map([first, second].flatMap((list) => list.items.map((item) => [item, list] as const)));
  return {
    items: [...first.items, ...second.items],
    fieldOf: (item, field) => of.get(item)?.fieldOf(item, field),
    bytes: (item) => of.get(item)!.bytes(item),
  };
}
