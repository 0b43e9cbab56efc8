import type { ConnectorProcess } from './connector.ts';
import type { Interrupt, Ports } from './ports.ts';

/** How long a source may take to drain, or to end once it has closed its output. */
const DRAIN_MS = 60_000;
/** How long a destination may take to commit and end after its input has ended (a rewrite may be long). */
const CLOSING_MS = 30 * 60_000;

/** Ends both processes in order, when somebody asks for it or when time is up. */
export interface Guard {
  /** Lets the source drain, and kills it if it does not. */
  stopSource(reason: string): void;
  /** The source has closed its output: it has to end now. */
  sourceSilent(): void;
  /** The destination's input has ended: it has to commit and end. */
  destinationClosing(): void;
  timedOut(): boolean;
  /** Whether the source was asked to end. */
  stopped(): boolean;
  end(): void;
}

/**
 * Watches an attempt. Asked to drain, the source gets SIGTERM and the destination nothing: it reads to the
 * end of its input and commits, which is what makes an interrupted run resumable.
 */
export function watch(
  source: ConnectorProcess,
  destination: ConnectorProcess,
  timeoutMs: number | undefined,
  ports: Ports,
  interrupt: Interrupt,
): Guard {
  const over = new AbortController();
  let stopping = false;
  let late = false;

  const after = (ms: number, act: () => void) => {
    void ports.clock.sleep(ms, over.signal).then((passed) => {
      if (passed) act();
    });
  };
  const stopSource = (reason: string) => {
    if (stopping) return;
    stopping = true;
    ports.emit({ type: 'draining', reason });
    source.terminate();
    after(DRAIN_MS, source.kill);
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
      // Ended, and something holds its output open: there is nobody to drain.
      if (source.hasExited()) source.kill();
    });
  }
  return {
    stopSource,
    sourceSilent: () => after(DRAIN_MS, source.kill),
    destinationClosing: () => after(CLOSING_MS, destination.kill),
    timedOut: () => late,
    stopped: () => stopping,
    end: () => over.abort(),
  };
}
