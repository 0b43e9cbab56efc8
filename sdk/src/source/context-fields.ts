import { Buffer } from 'node:buffer';
import { SystemError } from '../errors.ts';
import type { Page } from '../protocol/page.ts';
import type { Partition, RecordShape } from './define.ts';
import { vendorsOwn } from './select.ts';

const NONE = Buffer.alloc(0);
const ROOM = 1 << 16;
/** Strings that are their own JSON: printable ASCII without quote and backslash. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * Writes the context members of a stream's records as JSON without braces. What the vendor's object says
 * itself is left alone (invariant 7).
 */
export class ContextFields {
  readonly #fields: ReadonlyArray<
    RecordShape['context'][number] & { readonly own: string; readonly label: string }
  >;
  /** Room for the next records' members; what was given out keeps its own. */
  #room = Buffer.alloc(0);

  constructor(stream: RecordShape) {
    this.#fields = stream.context.map((field) => ({
      ...field,
      own: vendorsOwn(field.name),
      label: `${JSON.stringify(field.name)}:`,
    }));
  }

  /** The members for one record. */
  of(page: Page, row: number, partition: Partition): Uint8Array {
    if (this.#fields.length === 0) return NONE;
    let text = '';
    let isPlain = true;
    for (const { name, value, own, label } of this.#fields) {
      if (!page.selection.recordSlot.has(own)) {
        throw new SystemError(`the page was not selected for the context field ${name}`, {
          code: 'stream.context',
          hint: 'make its selection with the `select` that `read` is given',
        });
      }
      if (page.has(row, own)) continue;
      const member = value(page, row, partition);
      if (member === undefined) continue;
      const plain = typeof member !== 'string' || PLAIN.test(member);
      isPlain &&= plain;
      text += `${text === '' ? '' : ','}${label}${typeof member === 'string' && plain ? `"${member}"` : JSON.stringify(member)}`;
    }
    if (text.length * 3 > this.#room.length)
      this.#room = Buffer.allocUnsafeSlow(Math.max(ROOM, text.length * 3));
    const length = this.#room.write(text, isPlain ? 'latin1' : 'utf8');
    const bytes = this.#room.subarray(0, length);
    this.#room = this.#room.subarray(length);
    return bytes;
  }
}
