import { constants } from 'node:os';
import type { Log } from '../runtime/log.ts';

/** The part of `process` that hears signals. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

/**
 * The first SIGINT is only noted: a Ctrl-C reaches the whole pipe, the source drains, and what it still sends
 * is read to its end and committed. A second one, or SIGTERM, stops. Returns how to stop listening.
 */
export function listenForStop(
  signals: SignalSource,
  log: Log,
  noted: () => void,
  stop: (signal: 'SIGINT' | 'SIGTERM') => void,
): () => void {
  let interrupted = false;
  const onInt = (): void => {
    if (interrupted) {
      stop('SIGINT');
      return;
    }
    interrupted = true;
    noted();
    log.info(
      'interrupted: reading on to the end of the input and committing; once more stops at the last states',
    );
  };
  const onTerm = (): void => stop('SIGTERM');
  signals.on('SIGINT', onInt);
  signals.on('SIGTERM', onTerm);
  return () => {
    signals.off('SIGINT', onInt);
    signals.off('SIGTERM', onTerm);
  };
}

/** The exit code that says "ended by this signal": 130, 143. */
export function signalExitCode(signal: 'SIGINT' | 'SIGTERM'): number {
  return 128 + constants.signals[signal];
}
