import fc from 'fast-check';
import type { JsonObject } from '../../protocol/messages.ts';
import { Page } from '../../protocol/page.ts';
import { Selection } from '../../protocol/selection.ts';
import type { Cursor, ScanPart } from '../cursor.ts';

/** Decisions of a test case, one after the other; 0 once they are used up: go on, nothing special. */
export class Choices {
  readonly #values: readonly number[];
  #at = 0;

  constructor(values: readonly number[]) {
    this.#values = values;
  }

  /** A number below `below`. */
  pick(below: number): number {
    return (this.#values[this.#at++] ?? 0) % below;
  }

  /** True once in `of` times, and never when nothing is left to decide. */
  seldom(of: number): boolean {
    return this.pick(of) === of - 1;
  }
}

export const choices = (maxLength = 120): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(1_000_000), { maxLength, size: 'max' });

const record = {
  id: 'id',
  updated: 'updated',
  number: 'number',
  created: 'created',
  running: 'running',
  hash: 'hash',
  parents: 'parents',
  noise: 'noise',
};

/** An array of records as text: with numbers that no double holds. */
export const scanned = (text: string): Page =>
  new Selection<string, string>({ records: '', record }).scan(Buffer.from(text));

/** A page as a vendor answers it, with everything of a record selected that a cursor may look at. */
export const pageOf = (records: readonly object[], next?: string): Page => {
  const page = Page.of(records, record) as unknown as Page;
  if (next !== undefined) (page as { field: (name: string) => unknown }).field = () => next;
  return page;
};

/** A row's own bytes: what a destination stores. */
export const rowText = (page: Page, row: number): string => Buffer.from(page.record(row)).toString();

export interface Run<From> {
  readonly cursor: Cursor<From>;
  /** The state that the last run left, as JSON text; undefined: none. */
  readonly saved: string | undefined;
  readonly begin: number;
  readonly read: (from: From) => AsyncIterable<Page>;
  readonly choices: Choices;
  /** Called before each step: time passes, the vendor's things change. */
  readonly tick?: () => void;
  /** Once in so many steps the process is killed; 0: never. */
  readonly killOneIn?: number;
  /** Once in so many steps a part fails and the others go on; 0: never. */
  readonly failOneIn?: number;
  /** Whether a part's failure ends the test case; → it is thrown. */
  readonly mayFail?: (error: unknown) => boolean;
}

export interface Ran {
  readonly outcome: 'done' | 'killed' | 'failed';
  /** What the last STATE covers: rows, as text, in the order they were sent. */
  readonly stored: readonly string[];
  /** The last STATE, as JSON text; what the run began with where none left. */
  readonly state: string | undefined;
  /** All states that left, as JSON text. */
  readonly states: readonly string[];
  readonly warnings: readonly string[];
  readonly parts: number;
  /** Keys of what could not be read. */
  readonly unreadable: readonly string[];
}

interface Reading {
  part: ScanPart<unknown>;
  pages: AsyncIterator<Page>;
  queue: Page[];
  ended: boolean;
  closed: boolean;
}

/**
 * Reads one partition as the engine does, in an order that the test case decides: parts side by side, each
 * fetched up to a page ahead of the writer; STATE between pages; a kill loses what no STATE covers; a part that
 * fails leaves the others to their end.
 */
export async function run<From>(options: Run<From>): Promise<Ran> {
  const { cursor, saved, choices: decide, killOneIn = 0, failOneIn = 0 } = options;
  const warnings: string[] = [];
  const scan = await cursor.open(saved === undefined ? undefined : (JSON.parse(saved) as JsonObject), {
    begin: async () => options.begin,
    warn: (warning) => warnings.push(warning),
  });
  const sent: string[] = [];
  const states: string[] = [];
  let stored = 0;
  let moved = false;
  let failed = false;
  const unreadable = new Set<string>();
  const emit = (): void => {
    if (!moved || scan.settled?.() === false) return;
    states.push(JSON.stringify(scan.state()));
    stored = sent.length;
  };
  const outcome = (how: Ran['outcome']): Ran => ({
    outcome: how,
    stored: sent.slice(0, stored),
    state: states.at(-1) ?? saved,
    states,
    warnings,
    parts: scan.parts.length,
    unreadable: [...unreadable],
  });
  const readings: Reading[] = scan.parts.map((part) => ({
    part: part as ScanPart<unknown>,
    pages: (part.pages?.() ?? options.read(part.from as From))[Symbol.asyncIterator](),
    queue: [],
    ended: false,
    closed: false,
  }));

  async function step(reading: Reading): Promise<void> {
    const { part, queue } = reading;
    if (!reading.ended && queue.length < 2 && (queue.length === 0 || decide.pick(2) === 1)) {
      const next = await reading.pages.next();
      if (next.done) reading.ended = true;
      else queue.push(next.value);
      return;
    }
    const page = queue.shift();
    if (page) {
      const fresh = part.fresh(page);
      for (let row = 0; row < page.count; row++)
        if (fresh === undefined || fresh[row] === 1) sent.push(rowText(page, row));
      if (page.unreadable.length > 0) {
        part.owe!(page.unreadable);
        for (const key of page.unreadable) unreadable.add(key);
      }
      part.advance(page);
      moved = true;
      if (decide.pick(3) !== 2) emit();
    } else if (part.again?.()) {
      reading.ended = false;
      reading.pages = options.read(part.from as From)[Symbol.asyncIterator]();
    } else {
      part.finish();
      moved = true;
      reading.closed = true;
    }
  }

  for (;;) {
    const open = readings.filter(({ closed }) => !closed);
    if (open.length === 0) break;
    if (killOneIn > 0 && decide.seldom(killOneIn)) return outcome('killed');
    options.tick?.();
    const reading = open[decide.pick(open.length)]!;
    if (failOneIn > 0 && decide.seldom(failOneIn)) {
      failed = true;
      reading.closed = true;
      continue;
    }
    try {
      await step(reading);
    } catch (error) {
      if (options.mayFail?.(error) !== true) throw error;
      failed = true;
      reading.closed = true;
    }
  }
  emit();
  return outcome(failed || unreadable.size > 0 ? 'failed' : 'done');
}

/** How often each text stands in a list. */
export function tally(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

export const repeated = (texts: readonly string[]): string[] =>
  [...tally(texts)].filter(([, n]) => n > 1).map(([text]) => text);
