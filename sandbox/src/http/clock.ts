/**
 * The sandbox's only clock. It drives the Date header, the `updated` of changes, the index lag and the age of tokens.
 */
export interface SandboxClock {
  /** Milliseconds since 1970, including the offset. */
  now(): number;
  /** Moves the clock forward (or back, if negative) by `ms`. */
  advance(ms: number): void;
}

/** @param base milliseconds since 1970; default Date.now */
export function sandboxClock(base: () => number = Date.now): SandboxClock {
  let offset = 0;
  return {
    now: () => base() + offset,
    advance: (ms) => {
      offset += ms;
    },
  };
}
