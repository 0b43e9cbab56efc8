import type { LogLevel, Secrets } from '@headrace/sdk/protocol';
import { ConfigErrors, formatError, type HeadraceError } from '@headrace/sdk/spec';
import type { RunError } from '../engine/events.ts';
import { errorData } from '../engine/failures.ts';
import { type Paint, painter } from './text.ts';

/** A stream that can be written to and may be a terminal. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly logLevel: LogLevel;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secrets: Secrets;
}

/** Everything that is printed goes through here, and so through the scrubbing of secrets (invariant 6). */
export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly logLevel: LogLevel;
  /** stderr is a terminal that is looked at: progress may be drawn. */
  readonly live: boolean;
  readonly columns: () => number;
  readonly paint: Paint;
  /** A line of the answer, on stdout; with `--json` there is none but the envelope. */
  say(text: string): void;
  /** A line beside the answer, on stderr. */
  note(text: string): void;
  /** Text for stderr as it is: cursor movements. */
  draw(text: string): void;
  error(error: HeadraceError): void;
  /** The one JSON envelope of `--json`; its errors are those that were said and those of runs. */
  envelope(command: string, exitCode: number, data: unknown, ofRuns?: readonly RunError[]): void;
}

export function createOutput(options: OutputOptions): Output {
  const { stdout, stderr, secrets, env, json, quiet } = options;
  const plain = Boolean(env.NO_COLOR) || env.TERM === 'dumb';
  const live = stderr.isTTY === true && !env.CI && env.TERM !== 'dumb' && !quiet;
  const paint = painter(stderr.isTTY === true && !plain && !env.CI);
  const errors: HeadraceError[] = [];
  const note = (text: string) => void stderr.write(`${secrets.scrub(text)}\n`);
  return {
    json,
    quiet,
    logLevel: options.logLevel,
    live,
    columns: () => stderr.columns ?? 80,
    paint,
    say: (text) => {
      if (!json && !quiet) stdout.write(`${secrets.scrub(text)}\n`);
    },
    note,
    draw: (text) => void stderr.write(secrets.scrub(text)),
    error: (error) => {
      errors.push(error);
      if (!json) note(paint('red', formatError(error)));
    },
    envelope: (command, exitCode, data, ofRuns = []) => {
      if (!json) return;
      const said = errors
        .flatMap((error) => (error instanceof ConfigErrors ? [...error.errors] : [error]))
        .map((error) => errorData(error, 'runner'));
      const text = JSON.stringify({
        command,
        ok: exitCode === 0,
        exit_code: exitCode,
        data,
        errors: [...said, ...ofRuns],
      });
      stdout.write(`${secrets.scrub(text)}\n`);
    },
  };
}
