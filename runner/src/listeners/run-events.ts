import { Subject } from 'rxjs';
import type { RunEvent } from '../engine/events.ts';

/** Hears what a run reports. It must not stop the run: what it throws is reported, and the others hear on. */
export type Listener = (event: RunEvent) => void;

/** Carries the events of a run to its listeners, in their order. */
export interface RunEvents {
  emit(event: RunEvent): void;
  /** Adds a listener, which hears what comes from now on. */
  listen(listener: Listener): void;
  /** After this nothing is heard any more. */
  end(): void;
}

/** @param onFault called the first time that a listener throws */
export function runEvents(listeners: readonly Listener[], onFault: (error: unknown) => void): RunEvents {
  const events = new Subject<RunEvent>();
  const listen = (listener: Listener) => {
    let hasFailed = false;
    events.subscribe((event) => {
      try {
        listener(event);
      } catch (error) {
        if (hasFailed) return;
        hasFailed = true;
        onFault(error);
      }
    });
  };
  for (const listener of listeners) listen(listener);
  return { listen, emit: (event) => events.next(event), end: () => events.complete() };
}
