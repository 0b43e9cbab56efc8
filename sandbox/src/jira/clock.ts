/** The one clock of a sandbox: its Date header, `updated` of changes, the index lag and token ages come from it. */
export interface SandboxClock {
  /** Milliseconds since 1970, the offset included. */
  now(): number;
  /** Moves the clock forward (or back) by this many milliseconds from now on. */
  advance(ms: number): void;
}

/** @param base milliseconds since 1970, → Date.now */
export function sandboxClock(base: () => number = Date.now): SandboxClock {
  let offset = 0;
  return {
    now: () => base() + offset,
    advance: (ms) => {
      offset += ms;
    },
  };
}
