import { asHeadraceError } from '@headrace/sdk/spec';
import { callsOf } from './check-job.ts';
import { claimTokens, hasNewToken } from './claim-tokens.ts';
import type { CallOptions } from './connector.ts';
import { isPermanent, ofEnd } from './failures.ts';
import type { Job } from './job.ts';
import type { Interrupt, Ports } from './ports.ts';
import { type PreparedEnd, prepareEnd } from './prepare.ts';

/**
 * Asks one end of a job alone, for verbs that do not run it: the other end is not started and may not even be
 * installed.
 * @param ask called again if it was refused and another run had replaced a token meanwhile
 * @throws as `prepareEnd` and `ask` do, with places in the job
 */
export async function askEnd<T>(
  role: 'source' | 'destination',
  job: Job,
  ports: Ports,
  interrupt: Interrupt,
  ask: (end: PreparedEnd, call: CallOptions) => Promise<T>,
): Promise<T> {
  const end = await prepareEnd(role, job, ports, (origin) => callsOf(job, ports, origin, interrupt).spec);
  for (;;) {
    await claimTokens([end], ports, interrupt);
    try {
      return await ofEnd(role, end.config, ask(end, callsOf(job, ports, role, interrupt, end).ask));
    } catch (thrown) {
      const error = asHeadraceError(thrown);
      if (!isPermanent(error) || !(await hasNewToken([end], ports, interrupt))) throw error;
    }
  }
}
