import { Buffer } from 'node:buffer';
import type { JsonObject } from '@headrace/sdk/protocol';
import { DataError, type HeadraceError, TransientError } from '@headrace/sdk/spec';
import type { ConfiguredCatalog, ConnectorProcess, Exit } from './connector.ts';
import type { Origin } from './events.ts';
import { type Committed, createLedger, type Ledger, type StreamAccount } from './ledger.ts';
import { listenToSource, readEchoes } from './listen.ts';
import type { Interrupt, Ports } from './ports.ts';
import type { PreparedJob } from './prepare.ts';
import { pump } from './pump.ts';
import { watch } from './supervise.ts';

/** What one attempt is to do. */
export interface AttemptPlan {
  readonly job: PreparedJob;
  readonly catalog: ConfiguredCatalog;
  readonly states: string | undefined;
  readonly timeoutMs: number | undefined;
  /** An echoed state that may be kept; where the destination keeps its own, nobody has to. */
  readonly keep: ((committed: Committed) => void) | undefined;
}

/** What one attempt came to. */
export interface AttemptResult {
  readonly accounts: readonly StreamAccount[];
  /** What is wrong with the whole, not with one stream. */
  readonly failures: ReadonlyArray<{ readonly origin: Origin; readonly error: HeadraceError }>;
  readonly sourceExit: Exit;
  readonly destinationExit: Exit;
  /** Whether the source speaks of its streams' status at all. */
  readonly hasStatuses: boolean;
  /** We asked the source to end: that it did not end well is no news. */
  readonly stopped: boolean;
}

/** Source → destination, once, until both have ended. Throws only where one of them cannot be started. */
export async function runAttempt(
  plan: AttemptPlan,
  ports: Ports,
  interrupt: Interrupt,
): Promise<AttemptResult> {
  const { job, catalog } = plan;
  const ledger = createLedger(
    catalog.streams.map(({ stream }) => ({ name: stream.name, namespace: stream.namespace })),
  );
  const failures: Array<{ origin: Origin; error: HeadraceError }> = [];
  const fail = (origin: Origin, error: HeadraceError, stream?: string) => {
    // A count that differs stands in its stream's account.
    if (!ledger.accounts.some(({ mismatch }) => mismatch === error)) failures.push({ origin, error });
    ports.emit({ type: 'error', origin, error, stream });
  };
  const onLog = (origin: Origin) => (level: 'INFO', message: string) =>
    ports.emit({ type: 'log', origin, level, message });

  const destination = await job.destination.connector.write({
    config: job.destination.config,
    catalog,
    onLog: onLog('destination'),
  });
  let source: ConnectorProcess | undefined;
  try {
    source = await job.source.connector.read({
      config: job.source.config,
      catalog,
      states: plan.states,
      statesByPipe: job.ourSource,
      onLog: onLog('source'),
    });
    const guard = watch(source, destination, plan.timeoutMs, ports, interrupt);
    try {
      const listener = listenToSource(plan, ledger, ports, fail);
      const echoes = readEchoes(destination.stdout, plan, ledger, ports, fail, listener.progress);
      echoes.catch(() => guard.stopSource('the answers of the destination cannot be read'));
      const closed = () => guard.stopSource('the destination takes no more');
      const pumped = await pump(
        source.stdout,
        destination.stdin,
        listener.tally,
        closed,
        listener.progress,
      ).catch((error: unknown) => {
        guard.stopSource('its output cannot be read');
        throw error;
      });
      guard.sourceSilent();
      const sourceExit = await source.exited;
      await listener.settled();
      if (pumped.cut)
        fail('source', new DataError('the last line of the source is cut', { code: 'pipe.line_cut' }));
      if (sourceExit.code !== 0 || pumped.cut) sayIncomplete(destination, ledger, ports.clock.now());
      destination.stdin.end();
      guard.destinationClosing();
      await echoes;
      const destinationExit = await destination.exited;
      if (guard.timedOut())
        fail(
          'runner',
          new TransientError('the attempt took longer than timeout_minutes', { code: 'run.timeout' }),
        );
      listener.progress(true);
      return {
        accounts: ledger.accounts,
        failures,
        sourceExit,
        destinationExit,
        hasStatuses: listener.hasStatuses(),
        stopped: guard.stopped(),
      };
    } finally {
      guard.end();
    }
  } finally {
    source?.kill();
    destination.kill();
  }
}

/**
 * A source that died has not said which streams it leaves unfinished; a destination finalizes at its end
 * what never had a status, so it is told here.
 */
function sayIncomplete(destination: ConnectorProcess, ledger: Ledger, emitted_at: number): void {
  for (const { name, namespace, status } of ledger.accounts) {
    if (status === 'COMPLETE' || status === 'INCOMPLETE') continue;
    const stream_descriptor: JsonObject = namespace === undefined ? { name } : { name, namespace };
    const trace = {
      type: 'STREAM_STATUS',
      emitted_at,
      stream_status: { stream_descriptor, status: 'INCOMPLETE' },
    };
    destination.stdin.write(Buffer.from(`${JSON.stringify({ type: 'TRACE', trace })}\n`));
  }
}
