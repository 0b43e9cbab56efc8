import { SystemError } from '../errors.ts';
import type { Cursor } from './cursor.ts';
import { isIncremental, type OpenStream, type Stream } from './define.ts';
import type { ScannedStream } from './scan/define.ts';

const COMPLETE_ONLY = 'its state would be emptied by each complete read, and never be used';

/**
 * Checks that a stream has a `cursor` and is declared incremental, or neither. A stream with a cursor for full refreshes
 * (`resumable`) must not be incremental. The types enforce this; the check is for programs that are not type-checked. It
 * is called before anything is read.
 * @throws SystemError
 */
export function checkCursorField(stream: Stream<unknown>, api: unknown): void {
  // The stream is of another framework, and provides its own catalog entry.
  if (stream.catalogEntry) return;
  const opened = stream.open(api);
  if (opened.scan) {
    if (!isIncremental(stream))
      throw mistake(stream, 'shares a scan', 'and is not declared incremental', COMPLETE_ONLY);
    return;
  }
  const { cursor } = opened;
  if (!cursor) {
    if (isIncremental(stream)) throw withoutCursor(stream);
    return;
  }
  let made: Cursor<unknown>;
  try {
    // Most cursors do not depend on the partition. Others are checked when the partitions are known.
    made = cursor({ key: '' });
  } catch {
    return;
  }
  checkCursor(stream, made);
}

/** The stream, with its cursor checked for each partition. */
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
  if (!isWhole && !isIncremental(stream))
    throw mistake(stream, 'has a cursor', 'and is not declared incremental', COMPLETE_ONLY);
  if (isWhole && isIncremental(stream))
    throw mistake(
      stream,
      'is declared incremental',
      'and has a cursor for full refreshes (resumable)',
      'it would be read once and never again',
    );
}

/** @throws SystemError */
export function withoutCursor(stream: { readonly name: string }): SystemError {
  return mistake(
    stream,
    'is declared incremental',
    'and has no cursor',
    'it would be read once and never again',
  );
}

function mistake({ name }: { readonly name: string }, one: string, other: string, why: string): SystemError {
  return new SystemError(`the stream ${name} ${one} ${other}: ${why}`, {
    code: 'stream.cursor_field',
    place: name,
    hint: 'give it both or neither. cursorField names the column that the cursor uses; if there is none, write incremental: true',
  });
}
