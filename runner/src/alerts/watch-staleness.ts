import type { Alert } from '../engine/alert.ts';
import type { JobKey, RunEntry } from '../engine/ports.ts';
import { isWhole } from '../jobs/status.ts';
import { staleMessage } from './message.ts';
import { type SendEnv, sendAlert } from './send-alert.ts';

const HOUR_MS = 3_600_000;

/** A job with what is known of its runs. */
export interface WatchedJob {
  readonly job: JobKey;
  readonly alerts: readonly Alert[];
  /** Newest first, as far as the last complete one. */
  readonly runs: readonly RunEntry[];
}

/**
 * Tells once that a job has become stale, and again only after it has completed in between. A job that has never run is
 * as old as the watch.
 * @param begun when the watch began, in milliseconds since 1970
 */
export function staleWatch(begun: number) {
  const told = new Set<string>();
  return async function look({ job, alerts, runs }: WatchedJob, env: SendEnv): Promise<void> {
    const now = env.clock.now();
    const last = runs.find(isWhole)?.ended;
    const since = last ?? runs.at(-1)?.started ?? begun;
    for (const [k, alert] of alerts.entries()) {
      const hours = alert.stale_hours;
      if (hours === undefined) continue;
      const key = JSON.stringify([job.tenant, job.name, k]);
      if (now - since < hours * HOUR_MS) told.delete(key);
      else if (!told.has(key)) {
        told.add(key);
        await sendAlert(alert, staleMessage(job, hours, last, now), env);
      }
    }
  };
}
