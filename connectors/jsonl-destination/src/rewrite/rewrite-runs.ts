import type { FileRow } from '../journal/journal-rows.ts';
import type { Rewrite } from './rewrite.ts';

const MB = 1_000_000;

/** Neighbouring files that are replaced. */
export interface Run {
  readonly files: readonly FileRow[];
  /** The number of their first line. */
  readonly start: number;
}

/** Which files to rewrite: those that lose lines, and, to merge, small ones next to another small one. */
export function runsToWrite(
  { files, merge, config }: Pick<Rewrite, 'files' | 'merge' | 'config'>,
  starts: readonly number[],
  losses: readonly number[],
): Run[] {
  const small = (config.max_file_mb * MB) / 2;
  const runs: Array<{ files: FileRow[]; start: number; loses: boolean }> = [];
  let last: (typeof runs)[number] | undefined;
  files.forEach((file, k) => {
    const loses = losses[k]! > 0;
    if (!loses && !(merge && file.part > 0 && file.compressedBytes < small)) {
      last = undefined;
      return;
    }
    const before = last?.files.at(-1);
    if (last && before && mayJoin(before, file)) {
      last.files.push(file);
      last.loses ||= loses;
    } else {
      last = { files: [file], start: starts[k]!, loses };
      runs.push(last);
    }
  });
  return runs.filter((run) => run.loses || run.files.length > 1);
}

/**
 * Only neighbours, so that the order of lines stays. A growing file stays one. A file has one copy and one envelope.
 */
function mayJoin(a: FileRow, b: FileRow): boolean {
  return a.part > 0 && b.part > 0 && a.copyId === b.copyId && a.envelope === b.envelope;
}
