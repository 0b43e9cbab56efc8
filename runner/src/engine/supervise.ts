import type { ConnectorProcess } from './connector.ts';
import type { Interrupt, Ports } from './ports.ts';

/** How long a source may take to drain, or to exit after it closed its output. */
const DRAIN_MS = 60_000;
const LEAST_DRAIN_MS = 2000;
const LEAST_CLOSING_MS = 10_000;
/** The longest time for which a source is believed that its vendor throttles it. */
const LONGEST_THROTTLE_MS = 24 * 3_600_000;

/** The time limits of an attempt. */
export interface TimeLimits {
  /** From the start of the attempt until the source is asked to stop. */
  readonly timeoutMs: number | undefined;
  /** Without progress. */
  readonly stallMs: number;
  /** Until when the vendor throttles the source, as it says: milliseconds since 1970, or 0. */
  throttledUntil(): number;
}

/** Stops both processes in order, if asked to or if a time limit is over. */
export interface Guard {
  /** Lets the source drain, and kills it if it does not. */
  stopSource(reason: string): void;
  /** The source has closed its output and has to exit now. */
  sourceSilent(): void;
  /** The destination's input has ended. It has to commit and exit. */
  destinationClosing(): void;
  /** Progress was made: a message went to the destination, or it took waiting bytes or printed something. */
  moved(): void;
  timedOut(): boolean;
  /** Whether there was no progress for too long. */
  stalled(): boolean;
  /** Whether the source was asked to stop. */
  stopped(): boolean;
  end(): void;
}

/**
 * Watches an attempt. To drain, the source gets SIGTERM. The destination gets no signal: it reads to the end of its input
 * and commits, so that an interrupted run can be resumed.
 *
 * An attempt with a time-out has as long again to drain (a minute at most), and the destination as long again to commit.
 * Without one the destination has as long as an attempt may be without progress, because a rewrite may take long.
 */
export function watch(
  source: ConnectorProcess,
  destination: ConnectorProcess,
  limits: TimeLimits,
  { clock, emit }: Pick<Ports, 'clock' | 'emit'>,
  interrupt: Interrupt,
): Guard {
  const { timeoutMs, stallMs } = limits;
  const asLong = timeoutMs ?? Number.POSITIVE_INFINITY;
  const drainMs = Math.min(DRAIN_MS, Math.max(asLong, LEAST_DRAIN_MS));
  const closingMs = Math.min(stallMs, Math.max(asLong, LEAST_CLOSING_MS));
  const over = new AbortController();
  const reading = new AbortController();
  let stopping = false;
  let late = false;
  let stalled = false;
  let movedAt = clock.now();

  const after = (ms: number, act: () => void) => {
    void clock.sleep(ms, over.signal).then((passed) => {
      if (passed) act();
    });
  };
  const stopSource = (reason: string) => {
    if (stopping) return;
    stopping = true;
    emit({ type: 'draining', reason });
    source.terminate();
    after(drainMs, source.kill);
  };
  const on = (signal: AbortSignal, act: () => void) => {
    if (signal.aborted) act();
    else signal.addEventListener('abort', act, { once: true, signal: over.signal });
  };
  on(interrupt.drain, () => stopSource(String(interrupt.drain.reason)));
  on(interrupt.cut, source.kill);
  on(interrupt.kill, () => {
    source.kill();
    destination.kill();
  });
  if (timeoutMs !== undefined) {
    after(timeoutMs, () => {
      late = true;
      stopSource('timeout_minutes is over');
      // It has exited and another program holds its output open, so there is nothing to drain.
      if (source.hasExited()) source.kill();
    });
  }
  void (async () => {
    for (;;) {
      const throttled = Math.min(limits.throttledUntil(), movedAt + LONGEST_THROTTLE_MS);
      const left = Math.max(movedAt, throttled) + stallMs - clock.now();
      if (left <= 0) break;
      if (!(await clock.sleep(left, reading.signal))) return;
    }
    stalled = true;
    stopSource('nothing has moved for too long');
    if (source.hasExited()) source.kill();
  })();
  return {
    stopSource,
    sourceSilent: () => after(drainMs, source.kill),
    destinationClosing: () => {
      reading.abort();
      after(closingMs, destination.kill);
    },
    moved: () => {
      movedAt = clock.now();
    },
    timedOut: () => late,
    stalled: () => stalled,
    stopped: () => stopping,
    end: () => {
      over.abort();
      reading.abort();
    },
  };
}
