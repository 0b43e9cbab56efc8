import { Buffer } from 'node:buffer';
import { SystemError } from '../errors.ts';
import type { Page } from '../protocol/page.ts';
import type { Partition, RecordShape } from './define.ts';
import { vendorsOwn } from './select.ts';

const NONE = Buffer.alloc(0);
const ROOM = 1 << 16;
/** Strings that need no escapes in JSON: printable ASCII without quotes and backslashes. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * Writes the context fields of a stream's records as JSON members without braces. Members of the vendor's object are left
 * alone (invariant 7).
 */
export class ContextFields {
  readonly #fields: ReadonlyArray<
    RecordShape['context'][number] & { readonly own: string; readonly label: string }
  >;
  /** Memory for the members of the next records. Members that were returned keep their part. */
  #room = Buffer.alloc(0);

  constructor(stream: RecordShape) {
    this.#fields = stream.context.map((field) => ({
      ...field,
      own: vendorsOwn(field.name),
      label: `${JSON.stringify(field.name)}:`,
    }));
  }

  /** The members of one record. */
  of(page: Page, row: number, partition: Partition): Uint8Array {
    if (this.#fields.length === 0) return NONE;
    let text = '';
    let isPlain = true;
    for (const { name, value, own, label } of this.#fields) {
      if (!page.selection.recordSlot.has(own)) {
        throw new SystemError(`the page's selection does not include the context field ${name}`, {
          code: 'stream.context',
          hint: 'create the selection with the `select` that `read` gets',
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
