import { SystemError } from '../errors.ts';
import type { Cursor } from './cursor.ts';
import type { OpenStream, Stream } from './define.ts';
import type { ScannedStream } from './scan/define.ts';

const COMPLETE_ONLY = 'its state would be emptied with each complete read, and never be used';

/**
 * A stream has a `cursor` and a `cursorField`, or neither; one whose cursor is for whole reads (`resumable`) has no
 * `cursorField`. The types say so; this is for programs that are not type-checked. Called before anything is read.
 * @throws SystemError
 */
export function checkCursorField(stream: Stream<unknown>, api: unknown): void {
  // A stream of another making: what its catalog says of it is its own.
  if (stream.catalogEntry) return;
  const opened = stream.open(api);
  if (opened.scan) {
    if (stream.cursorField === undefined)
      throw mistake(stream, 'shares a scan', 'and has no cursorField', COMPLETE_ONLY);
    return;
  }
  const { cursor } = opened;
  if (!cursor) {
    if (stream.cursorField !== undefined) throw withoutCursor(stream);
    return;
  }
  let made: Cursor<unknown>;
  try {
    // Most say the same of every partition; one that does not is looked at when its partitions are known.
    made = cursor({ key: '' });
  } catch {
    return;
  }
  checkCursor(stream, made);
}

/** The stream with a cursor that is looked at for each partition. */
export function checked(
  stream: Stream<unknown>,
  opened: OpenStream | ScannedStream,
): OpenStream | ScannedStream {
  if (opened.scan || !opened.cursor || stream.catalogEntry) return opened;
  const { cursor } = opened;
  return {
    ...opened,
    cursor(partition) {
      const made = cursor(partition);
      checkCursor(stream, made);
      return made;
    },
  };
}

function checkCursor(stream: Stream<unknown>, { isWhole = false }: Cursor<unknown>): void {
  if (!isWhole && stream.cursorField === undefined)
    throw mistake(stream, 'has a cursor', 'and no cursorField', COMPLETE_ONLY);
  if (isWhole && stream.cursorField !== undefined)
    throw mistake(
      stream,
      'has a cursorField',
      'and a cursor for whole reads (resumable)',
      'it would be read once and never again',
    );
}

/** @throws SystemError */
export function withoutCursor(stream: { readonly name: string }): SystemError {
  return mistake(stream, 'has a cursorField', 'and no cursor', 'it would be read once and never again');
}

function mistake({ name }: { readonly name: string }, one: string, other: string, why: string): SystemError {
  return new SystemError(`the stream ${name} ${one} ${other}: ${why}`, {
    code: 'stream.cursor_field',
    place: name,
    hint: 'give it both, or neither: cursorField names the column that the catalog shows for what the cursor goes by',
  });
}
