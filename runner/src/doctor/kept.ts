import { asHeadraceError } from '@headrace/sdk/spec';
import type { HistoryStore } from '../engine/ports.ts';
import { type Finding, ok, problem, warning } from './finding.ts';
import { problemsOf } from './jobs.ts';

/** Whether a tenant's history is whole, and whether the clock has gone back since it was written. */
export async function historyFindings(
  tenant: string,
  history: HistoryStore,
  now: number,
): Promise<Finding[]> {
  try {
    const damages = await history.verify(tenant);
    if (damages.length > 0)
      return damages.map((text) =>
        problem(
          'history',
          `${tenant}: ${text}`,
          'restore .headrace from a backup; states and data are kept elsewhere and stay valid',
        ),
      );
    for await (const last of history.runs(tenant, {})) {
      const at = new Date(last.started).toISOString();
      if (last.started > now)
        return [
          warning(
            'clock',
            `the last run of ${tenant} began at ${at}, which is in the future`,
            'set the clock: it has gone back since',
          ),
        ];
      return [ok('history', `${tenant}: whole; the last run began at ${at}`)];
    }
    return [ok('history', `${tenant}: no run yet`)];
  } catch (error) {
    return problemsOf(asHeadraceError(error), 'history');
  }
}
