import { type LogLevel, printableJson, type Secrets } from '@headrace/sdk/protocol';
import type { HeadraceError } from '@headrace/sdk/spec';
import { NAMES, type RunError } from '../engine/events.ts';
import { errorData } from '../engine/failures.ts';
import { eachError, errorLines } from './error-lines.ts';
import { cutText, type Line, lineText } from './line.ts';

/** A writable stream that may be a terminal. */
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

/**
 * Everything that is printed goes through here. Secrets are scrubbed (invariant 6), and texts of others (connectors,
 * vendors, names of streams) are made printable. Only this code moves the cursor.
 */
export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly logLevel: LogLevel;
  /** stderr is a terminal that a person looks at, so progress may be drawn. */
  readonly live: boolean;
  /** How wide a table on stdout may be. */
  readonly columns: number;
  /** A line of the answer, on stdout; with `--json` there is none but the envelope. */
  say(line: Line): void;
  /** Text for another program, on stdout as it is: neither scrubbed nor made printable, because it is read back. */
  raw(text: string): void;
  /** A line on stderr, beside the answer. */
  note(line: Line): void;
  /** Replaces the last block of lines on stderr. Only `note` prints above it. */
  draw(block: readonly Line[]): void;
  error(error: HeadraceError): void;
  /** The JSON envelope of `--json`. Its errors are those that were reported and those of runs. */
  envelope(command: string, exitCode: number, data: unknown, ofRuns?: readonly RunError[]): void;
}

/** In a pipe or a file. */
const PIPE_COLUMNS = 120;

export function createOutput(options: OutputOptions): Output {
  const { stdout, stderr, secrets, env, json, quiet } = options;
  const plain = Boolean(env.NO_COLOR) || env.TERM === 'dumb';
  const live = stderr.isTTY === true && !env.CI && env.TERM !== 'dumb' && !quiet;
  const style = {
    colors: stderr.isTTY === true && !plain && !env.CI,
    scrub: (text: string) => secrets.scrub(text),
  };
  const errors: HeadraceError[] = [];
  let block: readonly Line[] = [];
  const blockText = () => {
    const columns = stderr.columns ?? 80;
    return block.map((line) => `${cutText(line, columns, style)}\n`).join('');
  };
  // Also back to the first column, because Ctrl-C leaves ^C on the line.
  const cleared = () => (block.length > 0 ? `\r\u001b[${block.length}A\u001b[J` : '');
  const note = (line: Line) => void stderr.write(`${cleared()}${lineText(line, style)}\n${blockText()}`);
  return {
    json,
    quiet,
    logLevel: options.logLevel,
    live,
    columns: stdout.columns ?? PIPE_COLUMNS,
    say: (line) => {
      if (!json && !quiet) stdout.write(`${lineText(line, style)}\n`);
    },
    raw: (text) => void stdout.write(text),
    note,
    draw: (lines) => {
      const before = cleared();
      block = lines;
      stderr.write(`${before}${blockText()}`);
    },
    error: (error) => {
      errors.push(error);
      if (!json) for (const one of eachError(error)) for (const line of errorLines(one)) note(line);
    },
    envelope: (command, exitCode, data, ofRuns = []) => {
      if (!json) return;
      const said = errors.flatMap(eachError).map((error) => errorData(error, 'runner'));
      const answer = { command, ok: exitCode === 0, exit_code: exitCode, data, errors: [...said, ...ofRuns] };
      stdout.write(`${printableJson(secrets.scrubValue(answer, NAMES))}\n`);
    },
  };
}
