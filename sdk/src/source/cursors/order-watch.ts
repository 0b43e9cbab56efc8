import { DataError } from '../../errors.ts';
import { floorMinute, isoUtc } from '../../protocol/instant.ts';

interface Met {
  readonly key: string;
  readonly time: number;
}

/** Checks whether a list is in its order. Otherwise a position would pass rows that have not come yet. */
export class OrderWatch {
  readonly #value: string;
  readonly #before: number;
  /** The youngest settled row so far. */
  #last: Met | undefined;
  #broken: { readonly row: Met; readonly last: Met } | undefined;

  /**
   * @param value the name of the value that the list is ordered by
   * @param before ms since 1970. Younger rows may have changed while the list was read, so they prove nothing
   */
  constructor(value: string, before: number) {
    this.#value = value;
    this.#before = before;
  }

  /** The next row of the list. @param isNew it did not come before in this reading; pages may overlap */
  met(key: string, time: number, isNew: boolean): void {
    if (!(time < this.#before)) return;
    const last = this.#last;
    // Positions are whole minutes, so any order within a minute is fine.
    if (last && isNew && floorMinute(time) < floorMinute(last.time))
      this.#broken ??= { row: { key, time }, last };
    else if (!last || time > last.time) this.#last = { key, time };
  }

  get isBroken(): boolean {
    return this.#broken !== undefined;
  }

  /** The list is read from its beginning again. */
  restart(): void {
    this.#last = undefined;
    this.#broken = undefined;
  }

  /** What is wrong with the list. Only call it if it is broken. */
  error(): DataError {
    const { row, last } = this.#broken!;
    const [there, before] = [isoUtc(row.time), isoUtc(last.time)];
    return new DataError(
      `the list is not in the order of ${this.#value}: the record ${row.key} (${there}) came after ${last.key} (${before})`,
      {
        code: 'cursor.order',
        place: this.#value,
        hint: `it was read twice, and everything in it was sent. Request the list ordered by ${this.#value}, oldest first; if that is not possible, use the cursor changedOnly`,
      },
    );
  }
}
