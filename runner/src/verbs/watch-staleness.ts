import { asHeadraceError } from '@headrace/sdk/spec';
import { staleWatch } from '../alerts/watch-staleness.ts';
import type { LoadedFile } from '../jobs/load.ts';
import type { Stores } from '../stores/open-stores.ts';
import { alertsOf, sendEnvOf } from './alerts.ts';
import type { Context } from './context.ts';
import { runsToLastComplete } from './status.ts';

const LOOK_MS = 60_000;

/** Looks once a minute whether a job has become stale, until it is stopped. */
export async function watchStaleness(
  files: () => readonly LoadedFile[],
  storesOf: (tenant: string) => Stores,
  context: Context,
  stop: AbortSignal,
): Promise<void> {
  const { clock, output } = context;
  const look = staleWatch(clock.now());
  const said = new Set<string>();
  const onFailure = (sentence: string) => {
    if (!said.has(sentence)) output.note(sentence);
    said.add(sentence);
  };
  do {
    for (const file of files())
      for (const name of file.jobs) {
        if (stop.aborted) return;
        try {
          const alerts = alertsOf(file, name, context, onFailure);
          if (alerts.every((alert) => alert.stale_hours === undefined)) continue;
          const job = { tenant: file.tenant, name };
          const runs = await runsToLastComplete(job, storesOf(file.tenant).history);
          await look({ job, alerts, runs }, sendEnvOf(file, context, onFailure));
        } catch (error) {
          onFailure(`${file.tenant}/${name}: ${asHeadraceError(error).message}`);
        }
      }
  } while (await clock.sleep(LOOK_MS, stop));
}
