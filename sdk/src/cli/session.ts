import { isatty } from 'node:tty';
import { asHeadraceError, formatError } from '../errors.ts';
import { errorTrace } from '../protocol/error-trace.ts';
import { OutputClosedError } from '../protocol/fd-writer.ts';
import { MessageWriter } from '../protocol/message-writer.ts';
import { printable } from '../protocol/printable.ts';
import { createLog, type Log } from '../runtime/log.ts';
import { endBySignal } from './signals.ts';
import { writeAll } from './stdio.ts';

const STDOUT = 1;
const STDERR = 2;

/** One run of a connector process: its stdout, its log, and how it reports errors. */
export interface Session {
  readonly writer: MessageWriter;
  readonly log: Log;
  /** Reports an error as a TRACE ERROR on stdout and, if stderr is a terminal, there as well. */
  fail(error: unknown): void;
  /** Flushes the output and ends the process. Never returns. */
  end(code: number, signal?: NodeJS.Signals): Promise<never>;
}

/** @param isWatched whether stderr is a terminal. Clients that do not drain stderr would block us at 64 kB */
export function createSession(writer = new MessageWriter(STDOUT), isWatched = isatty(STDERR)): Session {
  const tell = (text: string): void => {
    if (isWatched) writeAll(STDERR, `${writer.secrets.scrub(text)}\n`);
  };
  const log = createLog(process.env.LOG_LEVEL, (level, message) => {
    writer.message({ type: 'LOG', log: { level, message } });
    if (level === 'WARN') tell(`! ${printable(writer.secrets.scrub(message), '  │ ')}`);
  });
  return {
    writer,
    log,
    fail(thrown) {
      if (thrown instanceof OutputClosedError) return;
      const error = asHeadraceError(thrown);
      tell(formatError(error));
      writer.message({
        type: 'TRACE',
        trace: {
          type: 'ERROR',
          emitted_at: Date.now(),
          error: errorTrace(error),
        },
      });
    },
    async end(code, signal) {
      let exit = code;
      await writer.flush().catch((error: unknown) => {
        // EPIPE: nobody is left to tell; the exit code says it.
        if (!(error instanceof OutputClosedError))
          writeAll(STDERR, `✗ output.failed\n    ${String(error)}\n`);
        exit = 1;
      });
      if (signal) endBySignal(signal);
      process.exit(exit);
    },
  };
}
