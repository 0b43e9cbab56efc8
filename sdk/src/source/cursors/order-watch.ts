import { DataError } from '../../errors.ts';
import { floorMinute, isoUtc } from '../../protocol/instant.ts';

interface Met {
  readonly key: string;
  readonly time: number;
}

/** Whether a list keeps the order that it promised: a position in one that does not passes what is still to come. */
export class OrderWatch {
  readonly #value: string;
  readonly #before: number;
  /** The youngest of the settled rows that came so far. */
  #last: Met | undefined;
  #broken: { readonly row: Met; readonly last: Met } | undefined;

  /**
   * @param value the name of what the list is ordered by
   * @param before ms since 1970: what is younger may have changed while the list was read, and says nothing
   */
  constructor(value: string, before: number) {
    this.#value = value;
    this.#before = before;
  }

  /** A row of the list, in its place. @param isNew it did not come before in this reading: pages may overlap */
  met(key: string, time: number, isNew: boolean): void {
    if (!(time < this.#before)) return;
    const last = this.#last;
    // Positions are whole minutes: within one any order will do.
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

  /** What is wrong with the list; only where it is broken. */
  error(): DataError {
    const { row, last } = this.#broken!;
    const [there, before] = [isoUtc(row.time), isoUtc(last.time)];
    return new DataError(
      `the list is not in the order of ${this.#value}: the record ${row.key} (${there}) came behind ${last.key} (${before})`,
      {
        code: 'cursor.order',
        place: this.#value,
        hint: `it was read twice, and all it brought was sent. Ask the vendor for the order of ${this.#value}, oldest first; if there is none, take the cursor changedOnly`,
      },
    );
  }
}
