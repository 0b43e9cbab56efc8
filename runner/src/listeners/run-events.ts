import { Subject } from 'rxjs';
import type { RunEvent } from '../engine/events.ts';

/** Hears what a run reports. It must not stop the run: what it throws is reported, and the others hear on. */
export type Listener = (event: RunEvent) => void;

/** Carries the events of a run to its listeners, in their order. */
export interface RunEvents {
  emit(event: RunEvent): void;
  /** After this nothing is heard any more. */
  end(): void;
}

/** @param onFault called the first time that a listener throws */
export function runEvents(listeners: readonly Listener[], onFault: (error: unknown) => void): RunEvents {
  const events = new Subject<RunEvent>();
  for (const listener of listeners) {
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
  }
  return { emit: (event) => events.next(event), end: () => events.complete() };
}
