import { DataError, type HeadraceError } from '../errors.ts';

/** So many records a partition owes because they could not be read; with more its stream fails and goes no further. */
export const OWED_MOST = 1000;

/** So many are named in an error. */
const NAMED = 5;

/** Records of one partition that a run could not have: they are owed, and their stream is INCOMPLETE (invariant 4). */
export class Unreadable {
  readonly #keys = new Set<string>();
  #because: HeadraceError | undefined;

  /** @param because what the first of them was answered with, if that is known */
  add(keys: Iterable<string>, because?: HeadraceError): void {
    for (const key of keys) this.#keys.add(key);
    this.#because ??= because;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** What the stream fails with; undefined: it had them all. */
  error(): DataError | undefined {
    if (this.#keys.size === 0) return undefined;
    // Parts are read side by side: the same input names the same ones.
    const keys = [...this.#keys].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
    return unreadableError(keys, this.#because);
  }
}

/** The error of records that are there and cannot be read. */
export function unreadableError(keys: readonly string[], because?: HeadraceError): DataError {
  const named = keys.slice(0, NAMED).join(', ') + (keys.length > NAMED ? ', …' : '');
  const what = keys.length === 1 ? '1 record cannot be read' : `${keys.length} records cannot be read`;
  return new DataError(`${what}: ${named}${because ? ` (${because.message})` : ''}`, {
    code: 'record.unreadable',
    place: because?.place,
    hint: because?.hint ?? 'the others came; the next run asks for it again',
    status: because?.status,
    cause: because,
  });
}
