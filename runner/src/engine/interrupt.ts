import type { Interrupt } from './ports.ts';

/** An interrupt and the function that moves it to its next step. */
export function createInterrupt(): { interrupt: Interrupt; next(reason: string): void } {
  const steps = [new AbortController(), new AbortController(), new AbortController()] as const;
  return {
    interrupt: { drain: steps[0].signal, cut: steps[1].signal, kill: steps[2].signal },
    next: (reason) => steps.find((step) => !step.signal.aborted)?.abort(reason),
  };
}
