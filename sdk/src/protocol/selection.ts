import { InvalidJsonError } from './json-bytes.ts';
import { Page } from './page.ts';
import { addPath, newNode, type PathNode } from './path-tree.ts';
import { ROW_HEAD, scanText } from './scan-text.ts';
import { wrongShape } from './wrong-shape.ts';

/** The value of `records` if the response itself is the only record. */
const WHOLE = '.';

/**
 * What a scan takes from a JSON text. `fields` are paths from the top (`nextPageToken`). `records` is the path of
 * the array of records (`''`: the text itself is that array; `'.'`: the text itself is the one record; absent: no
 * records). `record` contains paths inside each record (`fields.updated`). A path is keys joined by dots. An
 * object in the place of the list counts as one record.
 */
export interface SelectionPaths<F extends string = string, R extends string = string> {
  readonly fields?: Readonly<Record<F, string>>;
  readonly records?: string;
  /**
   * For vendors that write null for an empty list: null at `records`, or on the path to it, is a list without
   * records. By default null is rejected like any other value. A missing list stays missing either way.
   */
  readonly nullable?: boolean;
  readonly record?: Readonly<Record<R, string>>;
}

/** A compiled selection. Create it once per kind of response and use it for every page. */
export class Selection<F extends string = string, R extends string = string> {
  /** @internal */
  readonly fieldSlot: ReadonlyMap<F, number>;
  /** @internal */
  readonly recordSlot: ReadonlyMap<R, number>;
  /** Where to find the records: `SelectionPaths.records`. */
  readonly records: string | undefined;
  /** @internal Whether null means an empty list. */
  readonly nullable: boolean;
  /** @internal */
  readonly stride: number;
  readonly #root = newNode();
  /** Set if the text itself is the record. */
  readonly #whole: PathNode | undefined;

  constructor(paths: SelectionPaths<F, R>) {
    const fields = Object.entries(paths.fields ?? {}) as Array<[F, string]>;
    const record = Object.entries(paths.record ?? {}) as Array<[R, string]>;
    this.fieldSlot = new Map(fields.map(([name], slot) => [name, slot]));
    this.recordSlot = new Map(record.map(([name], slot) => [name, slot]));
    this.records = paths.records;
    this.nullable = paths.nullable === true;
    this.stride = ROW_HEAD + 2 * record.length;
    fields.forEach(([, path], slot) => {
      addPath(this.#root, path, slot);
    });
    if (paths.records !== undefined) {
      const element = newNode();
      record.forEach(([, path], slot) => {
        addPath(element, path, slot);
      });
      if (paths.records === WHOLE) {
        if (fields.length > 0)
          throw new RangeError('a record that is the whole answer has no fields beside it');
        this.#whole = element;
        return;
      }
      const list = addPath(this.#root, paths.records, -1);
      list.element = element;
      list.holdsRecords = true;
      // Everything is below the top, and no key leads to the top.
      this.#root.holdsRecords = true;
    }
  }

  /**
   * Scans one whole JSON text and returns the positions of its records and selected values. The page keeps
   * `bytes`; nothing is copied. `reuse` is a page of this selection to fill again.
   * @throws InvalidJsonError if JSON.parse would throw; WrongShapeError if `records` leads to something that is
   *   neither a list nor an object (a missing list gives a page without `records`: see Page.hasRecords)
   */
  scan(bytes: Uint8Array, start = 0, end = bytes.length, reuse?: Page<F, R>): Page<F, R> {
    const page = reuse ?? new Page<F, R>(this);
    try {
      page.begin(bytes, start, end);
      scanText(page as unknown as Page, this.#root, this.#whole);
    } catch (error) {
      if (!(error instanceof InvalidJsonError)) throw error;
      // The walk counts from the start of the whole buffer.
      throw new InvalidJsonError(error.offset - bytes.byteOffset - start, error.what);
    }
    if (page.isNoList) throw wrongShape(page.bytes.subarray(start, end), this.records ?? '');
    return page;
  }
}
