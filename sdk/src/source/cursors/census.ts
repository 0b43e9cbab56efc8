import { isShortList, type ShortListError } from '../../http/index.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import type { Page } from '../../protocol/page.ts';
import type { Cursor, CursorEnv, Scan } from '../cursor.ts';
import { IdSet, idSetOf } from './id-set.ts';
import { foreignState } from './saved.ts';
import { gapOf, shortError } from './short.ts';
import { countChecked } from './split-window.ts';
import { idOf } from './window-rows.ts';

/**
 * What happened to a thing that is no longer listed. `here`: it exists, the list lags. `moved`: it is visible elsewhere.
 * `movedTo`: in that other partition of the census, which tracks it from now on.
 */
export type Fate = 'deleted' | 'not_visible' | 'here' | 'moved' | { readonly movedTo: string };

/** What a census reports about one id. */
export interface CensusChange {
  readonly id: string;
  readonly reason: 'deleted' | 'not_visible' | 'visible_again';
}

/** How the census of a partition is taken. */
export interface CensusCalls {
  /** Lists the ids of everything that exists: lists of ids, or pages whose selection has the key. */
  readonly list: () => AsyncIterable<Page | readonly string[]>;
  /**
   * About how many there are; called before and after the list. If the list is shorter than both counts, nothing is
   * reported, and if more than 20 and 2 % are missing, the census fails (`cursor.short`).
   */
  readonly count?: () => Promise<number | undefined>;
  /** Returns what happened to ids that were not listed. Ids that it leaves out are asked for again next time. */
  readonly ask: (ids: readonly string[]) => Promise<ReadonlyMap<string, Fate>>;
  /** Creates records from changes: `Page.of(changes.map(…), { id: 'id' })`. */
  readonly page: (changes: readonly CensusChange[]) => Page;
  /** The most ids per call of `ask`. Default: 100. */
  readonly batch?: number;
}

/** The `from` of a census's `read`. */
export interface Census {
  /** How many ids the last census knew. */
  readonly known: number;
  /** Whether the last census knew an id as visible or hidden; undefined: it did not know it. */
  readonly knownAs: (id: string) => 'visible' | 'hidden' | undefined;
  /** Whether the census was completed, and its list was not shorter than its count. */
  readonly isWhole: () => boolean;
  /** Takes the census. `read` yields its pages. Call it once. */
  readonly take: (calls: CensusCalls) => AsyncIterable<Page>;
}

/** What the ids of a census mean. */
export interface CensusOptions {
  /** The selected value that is the id, in pages of `list`. Default: `id`. Not needed for lists of ids. */
  readonly key?: string;
  /** Things move between partitions and keep their ids. An id that two partitions miss in one run is reported once. */
  readonly moves?: boolean;
}

/**
 * For things that disappear. Compares the list with that of the last run, and looks up each missing id. Absence alone is
 * not reported, and nothing is if the list is shorter than its count. A thing that is no longer visible is reported once
 * and kept; it is reported again when it is visible again, here or in another partition, or deleted. The first census
 * reports nothing.
 *
 * If the stream `watches` the one that sends the things, those that arrive and are deleted before a census sees them are
 * reported too.
 *
 * Its state: `known` ids, `hidden` ones (not visible), and `sent` ones (not known yet, from the watched stream), all
 * delta-coded (`IdSet`). It grows with the number of things, so it is sent at the end of the stream (`stateAtEnd`), and
 * before a STATE of the watched stream only if that sent something new.
 */
export function census(options: CensusOptions = {}): Cursor<Census> {
  return { stateAtEnd: true, open: (saved, env) => openCensus(options, saved, env) };
}

function openCensus(
  { key = 'id', moves = false }: CensusOptions,
  saved: JsonObject | undefined,
  env: CursorEnv,
): Scan<Census> {
  let known = savedIds(saved?.known);
  let hidden = savedIds(saved?.hidden);
  /** What was sent since the last complete census began, and is in neither set. It is tracked like known ids. */
  let sent = savedIds(saved?.sent);
  /** The changes of a page until it is written, because pages are made ahead of the writer. */
  const reports = new Map<Page, readonly CensusChange[]>();
  /** Changes that were written, but are not in the sets yet. */
  const written: CensusChange[] = [];
  const [firstKnown, firstHidden] = [known, hidden];
  const knownAs: Census['knownAs'] = (id) =>
    firstKnown.has(id) ? 'visible' : firstHidden.has(id) ? 'hidden' : undefined;
  /** The sets after everything is read. */
  let next: { known: IdSet; hidden: IdSet } | undefined;
  let isWhole = false;

  async function* take({ list, count, ask, page, batch = 100 }: CensusCalls): AsyncGenerator<Page> {
    const report = (found: readonly CensusChange[]): Page => {
      const isNews = ({ id, reason }: CensusChange): boolean => env.isFirst?.(`${reason} ${id}`) ?? true;
      const changes = moves ? found.filter(isNews) : found;
      const made = page(changes);
      reports.set(made, changes);
      return made;
    };
    // The sets change while changes are written, but the census compares with those of the last one.
    const [wasKnown, wasHidden, wasSent] = [firstKnown, firstHidden, sent];
    const listed = new IdSet();
    const before = count && (await countChecked(count, undefined));
    let fellShort: ShortListError | undefined;
    try {
      for await (const part of list()) for (const id of idsOf(part, key)) listed.add(id);
    } catch (error) {
      if (!isShortList(error)) throw error;
      fellShort = error;
    }
    const after = count && (await countChecked(count, undefined));
    const gap = gapOf(listed.size, before, after);
    const stillHidden = new IdSet();

    let changes: CensusChange[] = [];
    for (const id of wasHidden) {
      if (!listed.has(id)) continue;
      changes.push({ id, reason: 'visible_again' });
      if (changes.length === batch) yield report(changes.splice(0));
    }
    if (changes.length > 0) yield report(changes);

    if (gap?.isWide) throw shortError('the list of ids', gap);
    const counted = fellShort?.total ?? gap?.counted;
    if (counted !== undefined) {
      env.warn(`${listed.size} ids are listed, but ${counted} are counted: nothing is reported as gone`);
      for (const id of wasKnown) listed.add(id);
      for (const id of wasHidden) if (!listed.has(id)) stillHidden.add(id);
      next = { known: listed, hidden: stillHidden };
      if (fellShort) throw fellShort;
      return;
    }

    let unanswered = 0;
    const kept: string[] = [];
    for (const ids of batches(missing([wasKnown, wasHidden, wasSent], listed), batch)) {
      const fates = await ask(ids);
      changes = [];
      for (const id of ids) {
        const told = fates.get(id);
        if (typeof told === 'object') env.passOn?.(told.movedTo, id);
        const fate = typeof told === 'object' ? 'moved' : told;
        const isHidden = wasHidden.has(id);
        if (fate === undefined) unanswered++;
        if (fate === 'deleted') changes.push({ id, reason: fate });
        else if (fate === 'not_visible' && !isHidden) changes.push({ id, reason: fate });
        else if ((fate === 'here' || fate === 'moved') && isHidden)
          changes.push({ id, reason: 'visible_again' });
        if (fate === 'not_visible' || (fate === undefined && isHidden)) stillHidden.add(id);
        else if (fate === 'here' || fate === undefined) kept.push(id);
      }
      if (changes.length > 0) yield report(changes);
    }
    if (unanswered > 0)
      env.warn(
        `it is not known what happened to ${unanswered} ids that are no longer listed: the next run asks again`,
      );
    for (const id of kept) listed.add(id);
    next = { known: listed, hidden: stillHidden };
    isWhole = true;
  }

  /** Updates the sets by what was reported, so that an interrupted census does not report it again (invariant 1). */
  function settle(): void {
    if (written.length === 0) return;
    const reason = new Map(written.splice(0).map((change) => [change.id, change.reason]));
    const [nowKnown, nowHidden, nowSent] = [new IdSet(), new IdSet(), new IdSet()];
    for (const id of sent) if (!reason.has(id)) nowSent.add(id);
    for (const id of known) if (!reason.has(id)) nowKnown.add(id);
    for (const id of hidden) if (!reason.has(id)) nowHidden.add(id);
    for (const [id, what] of reason) {
      if (what === 'visible_again') nowKnown.add(id);
      if (what === 'not_visible') nowHidden.add(id);
    }
    [known, hidden, sent] = [nowKnown, nowHidden, nowSent];
  }

  return {
    parts: [
      {
        from: { known: known.size, knownAs, isWhole: () => isWhole, take },
        fresh: () => undefined,
        advance(page) {
          written.push(...(reports.get(page) ?? []));
          reports.delete(page);
        },
        finish() {
          if (next) ({ known, hidden } = next);
          if (isWhole) sent = new IdSet();
          written.length = 0;
        },
      },
    ],
    state() {
      settle();
      return {
        known: known.json(),
        ...(hidden.size === 0 ? {} : { hidden: hidden.json() }),
        ...(sent.size === 0 ? {} : { sent: sent.json() }),
      };
    },
  };
}

function* missing(sets: readonly IdSet[], listed: IdSet): Generator<string> {
  for (const [nth, set] of sets.entries()) {
    const before = sets.slice(0, nth);
    for (const id of set) if (!listed.has(id) && !before.some((other) => other.has(id))) yield id;
  }
}

function* batches(ids: Iterable<string>, size: number): Generator<string[]> {
  let batch: string[] = [];
  for (const id of ids) {
    batch.push(id);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function* idsOf(part: Page | readonly string[], key: string): Generator<string> {
  if (Array.isArray(part)) return yield* part as readonly string[];
  const page = part as Page;
  // They exist, and a census needs to know no more.
  yield* page.unreadable;
  for (let row = 0; row < page.count; row++) yield idOf(page, row, key);
}

function savedIds(saved: unknown): IdSet {
  const ids = saved === undefined ? new IdSet() : idSetOf(saved);
  if (ids) return ids;
  throw foreignState('is not a census');
}
