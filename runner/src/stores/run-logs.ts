import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Secrets } from '@headrace/sdk/protocol';
import { NAMES, type RunEvent } from '../engine/events.ts';
import type { JobKey } from '../engine/ports.ts';
import { PRIVATE, PRIVATE_FOLDER } from './atomic-write.ts';
import { readRegular } from './regular-file.ts';

/** How much of a run is kept: its newest part, at least this many bytes and at most twice as many. */
const PART_BYTES = 8 << 20;
/** How many runs of a job have a log. */
const MOST_RUNS = 50;

/** An event of a run with the time at which it was heard. */
export type LogEntry = RunEvent & { readonly time: string };

/** The log of one run, as it is written. */
export interface RunLog {
  write(event: RunEvent): void;
  close(): void;
}

/**
 * What each run reported, one JSON object a line: `<root>/<tenant>/logs/<job>/<number>.jsonl`, of mode 0600 and without
 * secrets (invariant 6). A long log is turned over to `<number>.before.jsonl`; the logs of the oldest runs are deleted.
 */
export function runLogs(root: string, now: () => number, secrets: Secrets) {
  const place = ({ tenant, name }: JobKey) => join(root, tenant, 'logs', name);
  const fileOf = (job: JobKey, number: number) =>
    join(place(job), `${String(number).padStart(6, '0')}.jsonl`);

  return {
    fileOf,
    open(job: JobKey, number: number, partBytes = PART_BYTES): RunLog {
      const file = fileOf(job, number);
      mkdirSync(place(job), { recursive: true, mode: PRIVATE_FOLDER });
      deleteOldest(place(job));
      let fd = openSync(file, 'a', PRIVATE);
      let bytes = statSync(file).size;
      return {
        write(event) {
          const entry = { time: new Date(now()).toISOString(), ...event };
          const line = Buffer.from(`${JSON.stringify(secrets.scrubValue(entry, NAMES))}\n`);
          if (bytes > 0 && bytes + line.length > partBytes) {
            closeSync(fd);
            renameSync(file, before(file));
            fd = openSync(file, 'a', PRIVATE);
            bytes = 0;
          }
          bytes += writeSync(fd, line);
        },
        close: () => closeSync(fd),
      };
    },
    /** What is kept of a run; undefined if there is no log of it. A line that a kill cut short is left out. */
    read(job: JobKey, number: number): LogEntry[] | undefined {
      const file = fileOf(job, number);
      const parts = [before(file), file].filter((path) => existsSync(path));
      if (parts.length === 0) return undefined;
      return parts.flatMap((path) => readRegular(path).toString('utf8').split('\n')).flatMap(entryOf);
    },
  };
}

function before(file: string): string {
  return file.replace(/jsonl$/, 'before.jsonl');
}

function entryOf(line: string): LogEntry[] {
  if (line === '') return [];
  try {
    return [JSON.parse(line) as LogEntry];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function deleteOldest(folder: string): void {
  const names = readdirSync(folder).filter((name) => /^\d+(\.before)?\.jsonl$/.test(name));
  const numbers = [...new Set(names.map((name) => Number.parseInt(name, 10)))].sort((a, b) => b - a);
  const old = new Set(numbers.slice(MOST_RUNS - 1));
  for (const name of names)
    if (old.has(Number.parseInt(name, 10))) rmSync(join(folder, name), { force: true });
}
