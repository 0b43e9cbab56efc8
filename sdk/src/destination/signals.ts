import { constants } from 'node:os';
import type { Log } from '../runtime/log.ts';

/** The part of `process` that receives signals. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

/**
 * The first SIGINT does not stop: Ctrl-C reaches the whole pipe, the source finishes, and what it still sends is read
 * and committed. A second one, or SIGTERM, stops. Returns a function that stops listening.
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
      'interrupted: reading to the end of the input and committing; interrupt again to stop at the last states',
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

/** The exit code for “ended by this signal”: 130 or 143. */
export function signalExitCode(signal: 'SIGINT' | 'SIGTERM'): number {
  return 128 + constants.signals[signal];
}
