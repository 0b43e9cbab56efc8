const MIB = 1 << 20;

/** Bytes that a line of messages may have. A longer one is not held: it is told by its beginning and its end. */
export const LONGEST_LINE = 64 * MIB;

/** Bytes that one line with all states of a source may have, as `state` prints it. */
export const LONGEST_STATES = 256 * MIB;

/** Bytes that are kept of the beginning and of the end of a line that is too long: enough to say what it was. */
export const KEPT_OF_TOO_LONG = 64 << 10;

/** `64 MiB` */
export function inMib(bytes: number): string {
  return `${bytes / MIB} MiB`;
}
