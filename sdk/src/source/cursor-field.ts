import { SystemError } from '../errors.ts';
import type { Cursor } from './cursor.ts';
import { isIncremental, type OpenStream, type Stream } from './define.ts';
import type { ScannedStream } from './scan/define.ts';

const COMPLETE_ONLY = 'its state would be emptied with each complete read, and never be used';

/**
 * A stream has a `cursor` and is declared incremental, or neither; one whose cursor is for whole reads (`resumable`) is
 * not. The types say so; this is for programs that are not type-checked. Called before anything is read.
 * @throws SystemError
 */
export function checkCursorField(stream: Stream<unknown>, api: unknown): void {
  // A stream of another making: what its catalog says of it is its own.
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
  if (!isWhole && !isIncremental(stream))
    throw mistake(stream, 'has a cursor', 'and is not declared incremental', COMPLETE_ONLY);
  if (isWhole && isIncremental(stream))
    throw mistake(
      stream,
      'is declared incremental',
      'and has a cursor for whole reads (resumable)',
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
    hint: 'give it both, or neither: cursorField names the column that the cursor goes by, incremental: true stands for it if there is none',
  });
}
