import type { RunEvent } from '../engine/events.ts';
import type { JobKey } from '../engine/ports.ts';
import type { RunLog } from '../stores/run-logs.ts';
import type { Listener } from './run-events.ts';

/** Writes the log of a run, from its start until it is closed. Progress is left out: history has its result. */
export function writeLog(open: (job: JobKey, number: number) => RunLog): Listener & { close(): void } {
  let log: RunLog | undefined;
  const close = () => {
    log?.close();
    log = undefined;
  };
  const listener = (event: RunEvent) => {
    if (event.type === 'run_started') log = open({ tenant: event.tenant, name: event.job }, event.number);
    if (event.type !== 'progress') log?.write(event);
  };
  return Object.assign(listener, { close });
}
