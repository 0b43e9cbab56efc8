import type { ScheduledJob } from '../plan.ts';

/** A job of a file, as other schedulers start it. */
export interface ExportedJob extends ScheduledJob {
  /** The words of the command, from any folder: `headrace run jira --scheduled …`. */
  readonly command: readonly string[];
  /** The folder of the jobs file. */
  readonly folder: string;
}

/** A file that belongs to an export. */
export interface ExportedFile {
  readonly name: string;
  readonly content: string;
}

/** A word for a POSIX shell. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

export function unitName({ tenant, name }: ScheduledJob): string {
  return `headrace-${tenant}-${name}`;
}
