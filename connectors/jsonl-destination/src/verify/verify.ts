import { isUtf8 } from 'node:buffer';
import { isHeadraceError, Selection } from '@headrace/sdk';
import { InvalidJsonError, type LineBatch } from '@headrace/sdk/protocol';
import { codeOf } from '../disk/durable.ts';
import { NOT_REGULAR } from '../disk/regular-file.ts';
import { locate } from '../files/locate.ts';
import { isDamage, StoredFile } from '../files/stored-file.ts';
import type { Journal } from '../journal/journal.ts';
import { type FileRow, fileRow } from '../journal/journal-rows.ts';
import { hasSurrogates, loneSurrogates } from '../lines/surrogates.ts';
import { checkManifest } from './verify-manifest.ts';
import { findOrphans } from './verify-orphans.ts';

/** Something wrong. */
export interface Problem {
  readonly code: 'missing' | 'damaged' | 'invalid_json' | 'orphan' | 'manifest';
  /** Relative to the folder. */
  readonly path: string;
  readonly what: string;
  /** What to do about it. */
  readonly hint: string;
}

/** What was verified. */
export interface Verified {
  files: number;
  records: number;
  compressedBytes: number;
  /** Files with lone surrogates, which some readers refuse, and the number of records with them. */
  readonly loneSurrogates: Array<{ readonly path: string; readonly records: number }>;
}

const RESTORE = 'restore it from a copy, or read the stream again (state --reset --streams)';
const MISSING = 'restore it from a copy; if you took it away yourself, compact forgets it';

/** What a verification of a source needs. */
export interface Check {
  readonly root: string;
  readonly journal: Journal;
  readonly source: string;
  readonly report: (problem: Problem) => void;
}

/**
 * Compares the journal with the disk and with manifest.parquet, and reads every line. It takes no lock: a run may write
 * meanwhile, and its changes are not reported. Memory grows with the number of files, not with their contents.
 */
export async function verify(check: Check): Promise<Verified> {
  const { journal, source } = check;
  const verified: Verified = { files: 0, records: 0, compressedBytes: 0, loneSurrogates: [] };
  for (let file = nextFile(journal, source, 0); file; file = nextFile(journal, source, file.id)) {
    const problem = await problemOf(check, file, verified).catch((error: unknown) => noFile(error, file));
    const now = problem && nextFile(journal, source, file.id - 1);
    if (problem && isSame(file, now)) check.report(problem);
    verified.files++;
    verified.records += file.records;
    verified.compressedBytes += file.compressedBytes;
  }
  await checkManifest(check);
  await findOrphans(check);
  return verified;
}

function nextFile(journal: Journal, source: string, after: number): FileRow | undefined {
  const [row] = journal.all(
    "select * from files where source = ? and id > ? and status <> 'removing' order by id limit 1",
    source,
    after,
  );
  return row && fileRow(row);
}

function isSame(a: FileRow, b: FileRow | undefined): boolean {
  return a.id === b?.id && a.status === b.status && a.compressedBytes === b.compressedBytes;
}

/** The problem if there is a link or a pipe in place of the file, or of its folder. */
function noFile(error: unknown, { path }: FileRow): Problem {
  if (!isHeadraceError(error) || error.code !== NOT_REGULAR) throw error;
  return { code: 'damaged', path, what: error.message, hint: error.hint ?? RESTORE };
}

async function problemOf({ root }: Check, file: FileRow, verified: Verified): Promise<Problem | undefined> {
  const { path, compressedBytes } = file;
  // The journal has a file before it exists.
  if (compressedBytes === 0) return undefined;
  const found = await locate(root, file);
  if (!found) return { code: 'missing', path, what: 'it is gone', hint: MISSING };
  if (file.status !== 'closed' && found.size < compressedBytes) {
    const what = `it holds ${found.size} bytes, of which ${compressedBytes} were committed`;
    return { code: 'damaged', path, what, hint: RESTORE };
  }
  // It is being written: only its length is promised so far.
  if (file.status === 'open' || file.status === 'closing') return undefined;
  if (file.status === 'closed' && found.size !== compressedBytes) {
    const what = `it has ${found.size} bytes, the journal says ${compressedBytes}`;
    return { code: 'damaged', path, what, hint: RESTORE };
  }
  return readAll(found.path, file, verified);
}

async function readAll(diskPath: string, file: FileRow, verified: Verified): Promise<Problem | undefined> {
  const { path } = file;
  const stored = new StoredFile(diskPath, file);
  let invalid: string | undefined;
  let lines = 0;
  let lone = 0;
  try {
    for await (const batch of stored.lines()) {
      invalid ??= firstInvalid(batch, lines);
      lone += linesWithLone(batch);
      lines += batch.ends.length;
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { code: 'missing', path, what: 'it is gone', hint: MISSING };
    if (!isDamage(error)) throw error;
    const what = `it cannot be decompressed: ${(error as Error).message}`;
    return { code: 'damaged', path, what, hint: RESTORE };
  }
  if (lone > 0) verified.loneSurrogates.push({ path, records: lone });
  const differences = stored.differences();
  if (differences.length > 0) return { code: 'damaged', path, what: differences.join('; '), hint: RESTORE };
  return invalid === undefined ? undefined : { code: 'invalid_json', path, what: invalid, hint: RESTORE };
}

function linesWithLone({ bytes, ends }: LineBatch): number {
  if (!hasSurrogates(bytes)) return 0;
  return ends.filter(
    (end, k) => loneSurrogates(bytes.subarray(k === 0 ? 0 : ends[k - 1]! + 1, end)).length > 0,
  ).length;
}

const anything = new Selection({});

/** The first line that is not a JSON object in UTF-8. */
function firstInvalid({ bytes, ends }: LineBatch, before: number): string | undefined {
  const utf8 = isUtf8(bytes);
  let start = 0;
  for (const [k, end] of ends.entries()) {
    const place = `line ${before + k + 1}`;
    if (bytes[start] !== 0x7b) return `${place} is not a JSON object`;
    try {
      anything.scan(bytes, start, end);
    } catch (error) {
      if (!(error instanceof InvalidJsonError)) throw error;
      return `${place} is ${error.message}`;
    }
    if (!utf8 && !isUtf8(bytes.subarray(start, end))) return `${place} is not UTF-8`;
    start = end + 1;
  }
  return undefined;
}
