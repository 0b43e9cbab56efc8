import { below, fraction } from '../../http/random.ts';
import { FIRST_ISSUE_ID } from '../data/site.ts';

/** The initial values of every issue, 26 bytes each. */
export interface FirstRows {
  count: number;
  /** Ascending. */
  id: Uint32Array;
  project: Uint16Array;
  number: Uint32Array;
  /** Milliseconds since 1970. Ascending, like the ids. */
  created: Float64Array;
  updated: Float64Array;
}

/** Rows with room for `capacity` issues. */
export function emptyRows(capacity: number): FirstRows {
  return {
    count: 0,
    id: new Uint32Array(capacity),
    project: new Uint16Array(capacity),
    number: new Uint32Array(capacity),
    created: new Float64Array(capacity),
    updated: new Float64Array(capacity),
  };
}

/** Appends a row and returns its place. */
export function addRow(
  rows: FirstRows,
  id: number,
  project: number,
  number: number,
  created: number,
  updated: number,
): number {
  const n = rows.count;
  if (n === rows.id.length) grow(rows, Math.max(64, n * 2));
  rows.id[n] = id;
  rows.project[n] = project;
  rows.number[n] = number;
  rows.created[n] = created;
  rows.updated[n] = updated;
  rows.count = n + 1;
  return n;
}

function grow(rows: FirstRows, capacity: number): void {
  const larger = emptyRows(capacity);
  for (const name of ['id', 'project', 'number', 'created', 'updated'] as const) {
    larger[name].set(rows[name]);
    Object.assign(rows, { [name]: larger[name] });
  }
}

/** Place of the issue with this id, or -1. */
export function rowOfId(rows: FirstRows, id: number): number {
  let low = 0;
  let high = rows.count - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = rows.id[middle]!;
    if (found === id) return middle;
    if (found < id) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

const TWO_YEARS = 2 * 365 * 86_400_000;
const BULK_EDITS = 4;

/**
 * Generates the rows of a site that is two years old at `until`. Project sizes decrease, numbers count up within a
 * project, and every `updated` lies between its `created` and `until`. One issue in twenty shares its `updated` with
 * the previous one, and four bulk edits each gave two issues in a hundred the same instant.
 */
export function generatedRows(seed: number, count: number, projects: number, until: number): FirstRows {
  const rows = emptyRows(Math.max(1, count));
  const numbers = new Uint32Array(projects);
  const from = until - TWO_YEARS;
  const bulkAt = Array.from(
    { length: BULK_EDITS },
    (_, i) => from + Math.floor(TWO_YEARS * (0.3 + 0.2 * i + 0.05 * fraction(seed, i, 70))),
  );
  let before = 0;
  for (let n = 0; n < count; n++) {
    // Squaring the fraction makes the first projects the largest, while the others still fill soon.
    const project = Math.floor(fraction(seed, n, 71) * fraction(seed, n, 72) * projects);
    const created = from + Math.floor(((n + fraction(seed, n, 73)) / count) * (TWO_YEARS - 3_600_000));
    const drawn = created + Math.floor((until - created) * fraction(seed, n, 74) ** 2);
    const bulk = bulkAt[below(50 * BULK_EDITS, seed, n, 75)];
    const tied = before >= created && below(20, seed, n, 76) === 0;
    const updated = bulk !== undefined && bulk >= created ? bulk : tied ? before : drawn;
    before = updated;
    addRow(rows, FIRST_ISSUE_ID + n, project, ++numbers[project]!, created, updated);
  }
  return rows;
}
