import { DataError, type HeadraceError } from '../errors.ts';

/** The most unreadable records that a partition owes. With more, its stream fails and does not move on. */
export const OWED_MOST = 1000;

/** The most records that an error names. */
const NAMED = 5;

/** Records of one partition that a run could not read. They are owed, and their stream is INCOMPLETE (invariant 4). */
export class Unreadable {
  readonly #keys = new Set<string>();
  #because: HeadraceError | undefined;

  /** @param because the vendor's error for the first of them, if known */
  add(keys: Iterable<string>, because?: HeadraceError): void {
    for (const key of keys) this.#keys.add(key);
    this.#because ??= because;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** The stream's error; undefined: everything was read. */
  error(): DataError | undefined {
    if (this.#keys.size === 0) return undefined;
    // Parts are read concurrently, but the same input must give the same error (invariant 9).
    const keys = [...this.#keys].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
    return unreadableError(keys, this.#because);
  }
}

/** The error for records that exist but cannot be read. */
export function unreadableError(keys: readonly string[], because?: HeadraceError): DataError {
  const named = keys.slice(0, NAMED).join(', ') + (keys.length > NAMED ? ', …' : '');
  const what = keys.length === 1 ? '1 record cannot be read' : `${keys.length} records cannot be read`;
  return new DataError(`${what}: ${named}${because ? ` (${because.message})` : ''}`, {
    code: 'record.unreadable',
    place: because?.place,
    hint: because?.hint ?? 'the others were read; the next run requests it again',
    status: because?.status,
    cause: because,
  });
}
