const MIB = 1 << 20;

/** The longest line of messages, in bytes. Of a longer one we keep only the beginning and the end. */
export const LONGEST_LINE = 64 * MIB;

/** The longest line with all states of a source, as `state` prints it, in bytes. */
export const LONGEST_STATES = 256 * MIB;

/**
 * How many bytes we keep of the beginning and of the end of a line that is too long: enough to tell what it was.
 */
export const KEPT_OF_TOO_LONG = 64 << 10;

/** The deepest message that we parse. Code that walks through a message recurses once per level. */
export const DEEPEST_MESSAGE = 1000;

/**
 * The most objects and lists in a message that we parse. Each takes some 60 bytes of memory, however short its
 * text.
 */
export const MOST_CONTAINERS = 4_000_000;

/** `64 MiB` */
export function inMib(bytes: number): string {
  return `${bytes / MIB} MiB`;
}
