import type { LogLevel, Secrets } from '@headrace/sdk/protocol';
import type { Clock } from '../engine/clock.ts';
import type { RunError } from '../engine/events.ts';
import type { Output } from '../terminal/output.ts';
import type { Asker } from '../wizard/asker.ts';

/** The flags common to all verbs. */
export interface CommonFlags {
  readonly file?: string;
  readonly tenant?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly logLevel?: LogLevel;
}

/** What a verb gets from its surroundings. */
export interface Context {
  readonly flags: CommonFlags;
  readonly output: Output;
  readonly secrets: Secrets;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly clock: Clock;
  /** All of standard input, as text. */
  readInput(): Promise<string>;
  /** Asks the person at the terminal; undefined if there is none. */
  readonly ask?: () => Promise<Asker>;
}

/** The result of a verb: its exit code and the data of its `--json` envelope. */
export interface Answer {
  readonly exitCode: number;
  readonly data: unknown;
  /** Errors of runs, in addition to those that were already reported. */
  readonly errors?: readonly RunError[];
}
