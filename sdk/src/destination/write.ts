import type { Buffer } from 'node:buffer';
import type { z } from 'zod';
import { isHeadraceError } from '../errors.ts';
import type { ConfiguredCatalog } from '../protocol/catalog.ts';
import { readLines } from '../protocol/lines.ts';
import type { MessageWriter } from '../protocol/message-writer.ts';
import type { DestinationDefinition, DestinationEnv } from './define.ts';
import { stoppable } from './input.ts';
import { checkModes } from './modes.ts';
import { listenForStop, type SignalSource, signalExitCode } from './signals.ts';
import { WriteSession } from './write-session.ts';

/** What a `write` gets from the command line. */
export interface WriteRequest<Schema extends z.ZodType = z.ZodType> {
  readonly definition: DestinationDefinition<Schema>;
  /** Validated, with defaults. */
  readonly config: z.output<Schema>;
  /** The configured catalog. Without one, every stream appends. */
  readonly catalog?: ConfiguredCatalog;
  /** Chunks of stdin (`readChunks(0)`), or of anything else. */
  readonly input: AsyncIterable<Buffer>;
  /** The writer that owns stdout. It echoes states and the source's logs. */
  readonly output: MessageWriter;
  readonly env: DestinationEnv;
  /** `process`. */
  readonly signals: SignalSource;
}

/**
 * Reads messages to the end of the input, stores records and echoes states.
 *
 * @returns the exit code: 0, 1 (failed or incomplete; what is committed stays), or 130 or 143: the process must then
 *   end by SIGINT or SIGTERM (raised again; as PID 1 it exits with that number)
 * @throws HeadraceError why it stopped: a refused configuration, a full disk, another writer. Nothing that was echoed
 *   is undone. The caller reports it as TRACE ERROR and exits with 1
 */
export async function runWrite<Schema extends z.ZodType>(request: WriteRequest<Schema>): Promise<number> {
  const { definition, config, catalog, output, env } = request;
  if (catalog) checkModes(catalog, definition.supportedModes);
  const writer = await definition.open(config, env);
  const stop = new AbortController();
  let stoppedBy: 'SIGINT' | 'SIGTERM' | undefined;
  const input = stoppable(readLines(request.input));
  const session = new WriteSession({
    writer,
    catalog,
    output,
    env,
    signal: stop.signal,
    onFailure: () => input.stop(),
  });
  const noted = (): void => session.doubtEnd();
  const unlisten = listenForStop(request.signals, env.log, noted, (signal) => {
    stoppedBy ??= signal;
    stop.abort(signal);
    input.stop();
  });
  try {
    for (;;) {
      const next = await input.next();
      session.check();
      if (next === 'stopped' || next.done) break;
      await session.batch(next.value);
      if (stoppedBy) break;
    }
    if (stoppedBy) await session.finishStopped();
    else await session.finishAtEnd();
    return stoppedBy ? signalExitCode(stoppedBy) : session.exitCode();
  } catch (error) {
    await session.abort();
    // Told to stop while waiting for the lock: nothing was stored, so there is nothing to report.
    if (stoppedBy && !isHeadraceError(error) && error === stop.signal.reason)
      return signalExitCode(stoppedBy);
    throw error;
  } finally {
    unlisten();
  }
}
