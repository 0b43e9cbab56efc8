import type { JsonObject } from '@headrace/sdk/protocol';
import { asHeadraceError, ConfigErrors } from '@headrace/sdk/spec';
import { backfillStreams } from './backfill.ts';
import { configuredCatalog } from './catalogs.ts';
import { claimTokens, hasNewToken } from './claim-tokens.ts';
import type { CallOptions } from './connector.ts';
import type { Origin } from './events.ts';
import { isPermanent, ofEnd } from './failures.ts';
import type { Job, RunOptions, StreamChoice } from './job.ts';
import type { Interrupt, Ports } from './ports.ts';
import { type PreparedEnd, type PreparedJob, prepareJob } from './prepare.ts';
import { narrowStreams, type SelectedStream, selectStreams } from './select-streams.ts';

/** A job that is ready to run. */
export interface CheckedJob {
  readonly prepared: PreparedJob;
  readonly streams: readonly SelectedStream[];
}

/** The platform's own limit for these verbs; `state` waits for a writer for 60 s by itself. */
const NINE_MINUTES = 9 * 60_000;
const FIVE_MINUTES = 5 * 60_000;

/** The options of each call of one end. No call may take longer than an attempt of the job. */
export function callsOf(
  job: Pick<Job, 'timeout_minutes'>,
  ports: Ports,
  origin: Origin,
  interrupt: Interrupt,
  end?: PreparedEnd,
) {
  const most = (job.timeout_minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  const options = (timeoutMs: number, onControl: CallOptions['onControl']): CallOptions => ({
    signal: interrupt.drain,
    timeoutMs: Math.min(timeoutMs, most),
    onLog: (level, message) => ports.emit({ type: 'log', origin, level, message }),
    onControl,
    env: end?.env,
  });
  const rotate = end?.rotate ?? ((_config: JsonObject) => Promise.resolve());
  return {
    spec: options(FIVE_MINUTES, rotate),
    state: options(FIVE_MINUTES, rotate),
    ask: options(NINE_MINUTES, rotate),
  };
}

/**
 * Gets the specs, validates the configurations, selects the streams and, if asked, checks both ends with them.
 * @throws ConfigError (in the job's places) for what the user has to fix, TransientError for what may pass
 */
export async function checkJob(
  job: Job,
  options: RunOptions,
  attempt: number,
  ports: Ports,
  interrupt: Interrupt,
): Promise<CheckedJob> {
  ports.emit({ type: 'phase', phase: 'spec', attempt });
  const choices = options.streams ? narrowStreams(job.source.streams, options.streams) : job.source.streams;
  const prepared = await prepareJob(
    job,
    ports,
    (origin) => callsOf(job, ports, origin, interrupt).spec,
    options.backfill,
  );
  for (;;) {
    const ends = [prepared.source, prepared.destination];
    await claimTokens(ends, ports, interrupt);
    try {
      return await checkEnds(job, prepared, choices, options, attempt, ports, interrupt);
    } catch (thrown) {
      const error = asHeadraceError(thrown);
      if (!isPermanent(error) || !(await hasNewToken(ends, ports, interrupt))) throw error;
    }
  }
}

async function checkEnds(
  job: Job,
  prepared: PreparedJob,
  choices: readonly StreamChoice[] | undefined,
  options: RunOptions,
  attempt: number,
  ports: Ports,
  interrupt: Interrupt,
): Promise<CheckedJob> {
  const { source, destination } = prepared;
  const sourceCalls = callsOf(job, ports, 'source', interrupt, source);

  ports.emit({ type: 'phase', phase: 'discover', attempt });
  const found = await ofEnd(
    'source',
    source.config,
    source.connector.discover(source.config, sourceCalls.ask),
  );
  const selected = selectStreams(found, choices, destination.spec.supported_destination_sync_modes);
  const streams = options.backfill ? backfillStreams(selected, options.streams) : selected;
  if (options.check) {
    ports.emit({ type: 'phase', phase: 'check', attempt });
    // Our sources also check what the selected streams need.
    const catalog = prepared.ourSource ? configuredCatalog(streams, 0, new Map()) : undefined;
    const checks = await Promise.allSettled([
      ofEnd('source', source.config, source.connector.check(source.config, catalog, sourceCalls.ask)),
      ofEnd(
        'destination',
        destination.config,
        destination.connector.check(
          destination.config,
          undefined,
          callsOf(job, ports, 'destination', interrupt, destination).ask,
        ),
      ),
    ]);
    const failed = checks.flatMap((check) =>
      check.status === 'rejected' ? [asHeadraceError(check.reason)] : [],
    );
    const mistakes = failed.filter(isPermanent);
    if (mistakes.length > 1) throw new ConfigErrors(mistakes);
    if (failed.length > 0) throw mistakes[0] ?? failed[0];
  }
  return { prepared, streams };
}
