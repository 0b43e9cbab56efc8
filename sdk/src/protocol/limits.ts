const MIB = 1 << 20;

/** Bytes that a line of messages may have. A longer one is not held: it is told by its beginning and its end. */
export const LONGEST_LINE = 64 * MIB;

/** Bytes that one line with all states of a source may have, as `state` prints it. */
export const LONGEST_STATES = 256 * MIB;

/** Bytes that are kept of the beginning and of the end of a line that is too long: enough to say what it was. */
export const KEPT_OF_TOO_LONG = 64 << 10;

/** Levels of a message that is parsed: whatever walks through it stands on the call stack. */
export const DEEPEST_MESSAGE = 1000;

/** Objects and lists of a message that is parsed: each takes some 60 bytes, however short it was written. */
export const MOST_CONTAINERS = 4_000_000;

/** `64 MiB` */
export function inMib(bytes: number): string {
  return `${bytes / MIB} MiB`;
}
