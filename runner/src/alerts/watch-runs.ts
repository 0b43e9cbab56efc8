import { asHeadraceError } from '@headrace/sdk/spec';
import type { Alert } from '../engine/alert.ts';
import type { RunEvent } from '../engine/events.ts';
import type { HistoryStore, RunEntry } from '../engine/ports.ts';
import type { Listener } from '../listeners/run-events.ts';
import { messageOf } from './message.ts';
import { isWanted, type Occasion, occasionsOf } from './occasion.ts';
import { type SendEnv, sendAlert } from './send-alert.ts';

/** Enough for 14 complete runs, also if every second one failed. */
const LOOKED_AT = 30;

/**
 * Sends the alerts of a job when one of its runs has ended.
 * @returns the listener; `sent` resolves when everything has been sent or given up
 */
export function alertOnRuns(
  alerts: readonly Alert[],
  history: Pick<HistoryStore, 'runs'>,
  env: SendEnv,
): Listener & { sent(): Promise<void> } {
  let work: Promise<unknown> = Promise.resolve();
  const listener = (event: RunEvent) => {
    if (event.type !== 'run_ended' || alerts.length === 0) return;
    const run: RunEntry = { process: '', ...event.result };
    work = work.then(async () => {
      const earlier = await runsBefore(run, history);
      const due = occasionsOf(run, earlier).flatMap((occasion) => wanted(alerts, occasion));
      await Promise.all(due.map(([alert, occasion]) => sendAlert(alert, messageOf(occasion, run), env)));
    });
    work = work.catch((error: unknown) =>
      env.onFailure(`alerts could not be sent: ${asHeadraceError(error).message}`),
    );
  };
  return Object.assign(listener, {
    sent: async () => {
      await work;
    },
  });
}

function wanted(alerts: readonly Alert[], occasion: Occasion): Array<[Alert, Occasion]> {
  return alerts.filter((alert) => isWanted(alert, occasion)).map((alert) => [alert, occasion]);
}

async function runsBefore(run: RunEntry, history: Pick<HistoryStore, 'runs'>): Promise<RunEntry[]> {
  const earlier: RunEntry[] = [];
  const query = { job: run.job, kind: 'sync', before: run.number } as const;
  for await (const one of history.runs(run.tenant, query)) {
    earlier.push(one);
    if (earlier.length === LOOKED_AT) break;
  }
  return earlier;
}
