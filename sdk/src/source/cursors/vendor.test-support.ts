import fc from 'fast-check';
import { expect } from 'vitest';
import { isoUtc } from '../../protocol/instant.ts';
import type { Page } from '../../protocol/page.ts';
import { pageOf } from './drive.test-support.ts';
import type { TimeRange } from './split-window.ts';

export const MINUTE = 60_000;
export const DAY = 1440 * MINUTE;
export const START = Date.parse('2026-03-01T00:00:00Z');
const SAFETY = 30;

export interface Row {
  readonly id: string;
  readonly updated: number;
}

export interface Change {
  readonly id: number;
  /** When it happened, and from when on the index shows it. */
  readonly at: number;
  readonly shown: number;
}

/**
 * A vendor whose index shows each change up to `lag` late, in the order of the value; changes go on while it
 * is read. A page's payload may be newer than the index that found it.
 */
export class Vendor {
  now = START;
  readonly #changes: readonly Change[];
  /** Rows taken out of a search's answer (it ends early or skips), seen by an id scan all the same. */
  hidden: (row: Row) => boolean = () => false;
  payloadIsAhead = false;
  unreadable = new Set<string>();
  requests = 0;

  constructor(changes: readonly Change[]) {
    this.#changes = [...changes].sort((a, b) => a.at - b.at);
  }

  /** What the index shows now, in the order of the value. */
  rows({ since, until }: TimeRange = { since: undefined, until: undefined }): Row[] {
    const shown = new Map<string, number>();
    for (const { id, at, shown: from } of this.#changes)
      if (from <= this.now) shown.set(String(id), Math.max(at, shown.get(String(id)) ?? 0));
    return [...shown]
      .map(([id, updated]) => ({ id, updated }))
      .filter(({ updated }) => updated >= (since ?? 0) && updated < (until ?? Number.POSITIVE_INFINITY))
      .sort((a, b) => a.updated - b.updated || Number(a.id) - Number(b.id));
  }

  payload(row: Row): { id: string; updated: string } {
    let { updated } = row;
    if (this.payloadIsAhead)
      for (const { id, at } of this.#changes)
        if (String(id) === row.id && at <= this.now) updated = Math.max(updated, at);
    return { id: row.id, updated: isoUtc(updated) };
  }

  /** Pages by a token that says what was passed; `overlap` rows of the last page come again. */
  async *search({ since, until }: TimeRange, size: number, overlap: number): AsyncGenerator<Page> {
    expect((since ?? 0) % MINUTE).toBe(0);
    expect((until ?? 0) % MINUTE).toBe(0);
    let after: Row | undefined;
    let last: Row[] = [];
    for (;;) {
      this.requests++;
      const here = after;
      const rest = this.rows({ since, until }).filter(
        (row) =>
          !this.hidden(row) &&
          (here === undefined ||
            row.updated > here.updated ||
            (row.updated === here.updated && Number(row.id) > Number(here.id))),
      );
      if (rest.length === 0) return;
      const rows = rest.slice(0, size);
      yield pageOf([...(overlap === 0 ? [] : last.slice(-overlap)), ...rows].map((row) => this.payload(row)));
      after = rows.at(-1);
      last = rows;
    }
  }
}

export const changes = fc.array(
  fc.record({
    id: fc.integer({ min: 1, max: 14 }),
    // Half a year, thick in the last hours: windows, ties, lag and the safety window all matter.
    at: fc.oneof(
      fc.integer({ min: -180 * DAY, max: 0 }),
      fc.integer({ min: -3 * DAY, max: 0 }),
      fc.integer({ min: -90 * MINUTE, max: 300 * MINUTE }),
      fc.constantFrom(-50 * DAY, -2 * DAY, -31 * MINUTE, -10 * MINUTE, 5 * MINUTE),
    ),
    lag: fc.integer({ min: 0, max: (SAFETY - 2) * MINUTE }),
  }),
  { maxLength: 40 },
);

export const base = { key: 'id', value: 'updated', safetyMinutes: SAFETY } as const;
export const asChanges = (list: ReadonlyArray<{ id: number; at: number; lag: number }>): Change[] =>
  list.map(({ id, at, lag }) => ({ id, at: START + at, shown: START + at + lag }));
export const texts = (rows: readonly Row[]): string[] =>
  rows.map(({ id, updated }) => JSON.stringify({ id, updated: isoUtc(updated) }));
