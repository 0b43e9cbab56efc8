import { DataError, TransientError } from '../../errors.ts';
import { Page } from '../../protocol/page.ts';
import type { Choices } from '../cursors/drive.test-support.ts';
import type { TimeRange } from '../cursors/split-window.ts';
import type { Partition } from '../define.ts';
import { defineScan, type OwnedPage, type Parent } from './define.ts';
import { entriesByTime } from './entries.ts';
import { entriesByBytes } from './entries-by-bytes.ts';

/** A vendor whose search shows changes late, whose issues have comments, histories and panels. */
export const MINUTE = 60_000;
const START = Date.parse('2026-05-01T00:00:00Z');
export const SAFETY = 5;
export const LAG = 4 * MINUTE;
const PAGE = 3;

interface Version {
  updated: number;
  /** When search knows of it. */
  visibleAt: number;
  /** It was not here then: a search that knows no later one does not find the issue. */
  isElsewhere: boolean;
  comments: number;
}

export interface Issue {
  id: string;
  versions: Version[];
  /** Created at, oldest first. */
  histories: Array<{ id: string; created: number; isMove: boolean }>;
  comments: Array<{ id: string; updated: number }>;
  panel: number;
  /** Elsewhere, where it is not found, until it is moved here. */
  isElsewhere: boolean;
  isGone: boolean;
  /** It comes without its `updated`. */
  isUndated: boolean;
}

export class World {
  now = START;
  readonly issues: Issue[] = [];
  readonly choices: Choices;
  /** Changes happen while it is read. */
  isLive: boolean;
  /** Once in so many searches a chain ends early; 0: never. */
  endEarlyOneIn = 0;
  /** Searches and lists of ids end after so many rows, by their own words at their end. */
  cap = Number.POSITIVE_INFINITY;
  /** Searches do not show it. */
  hidden: Issue | undefined;
  /** The account does not see the project: nothing is found, without an error. */
  isOutOfSight = false;
  /** It goes out of sight and comes back by itself. */
  isFlapping = false;
  /** Called when projects are listed, and when it is looked whether one is there. */
  whenListed: (() => void) | undefined;
  whenConfirmed: (() => void) | undefined;
  /** Entries of one in so many issues cannot be read; 0: never. */
  troubleOneIn = 0;
  /** Whether records can be fetched by their keys; false also means that nothing tells of arrivals. */
  fetches = true;
  /** It is listed and cannot be fetched. */
  unreadable: Issue | undefined;
  /** Called once when a search is asked for its second page. */
  whenPaged: (() => void) | undefined;
  /** The stream whose entries cannot be read. */
  broken: string | undefined;
  /** Bytes of a comment. */
  commentBytes = 0;
  /** Panels cannot be read. */
  hasBrokenPanels = false;
  /** Called once when a search has come to its end. */
  whenSearched: (() => void) | undefined;
  /** By stream: issues that make each answer that has something of them fail. */
  readonly poisoned = new Map<string, Set<Issue>>();
  /** They make it refuse, and not fail. */
  refuses = false;
  /** A gateway gives up on entries of more issues at once; how often it did. */
  mostParents = Number.POSITIVE_INFINITY;
  tooMany = 0;
  /** ms: comments and panels of issues this young are requested again; older ones, if something happened to them late. */
  lookbackMs: number | undefined;
  /** Issues that got a comment or another panel without an update, and when. */
  readonly late: Array<{ readonly issue: Issue; readonly at: number }> = [];
  /** Once in so many times late issues cannot be listed; 0: never. */
  lateTroubleOneIn = 0;
  /** Counted: searches (a page each), fetches and requests for entries. */
  requests = 0;

  constructor(picks: Choices, isLive: boolean) {
    this.choices = picks;
    this.isLive = isLive;
  }

  touch(issue: Issue, isMove = false): void {
    const lag = this.choices.seldom(2) ? this.choices.pick(LAG) : 0;
    const kind = this.choices.pick(3);
    if (kind === 0) issue.comments.push({ id: `${issue.id}-c${issue.comments.length}`, updated: this.now });
    if (kind === 1 && issue.comments.length > 0)
      issue.comments[this.choices.pick(issue.comments.length)]!.updated = this.now;
    issue.histories.push({ id: `${issue.id}-h${issue.histories.length}`, created: this.now, isMove });
    issue.versions.push({
      updated: this.now,
      visibleAt: this.now + lag,
      isElsewhere: issue.isElsewhere,
      comments: issue.comments.length,
    });
  }

  create(isElsewhere = false): void {
    const id = String(this.issues.length + 1);
    const issue: Issue = {
      id,
      versions: [],
      histories: [],
      comments: [],
      panel: 0,
      isElsewhere,
      isGone: false,
      isUndated: false,
    };
    this.issues.push(issue);
    this.touch(issue);
  }

  /** Time passes, things happen. */
  step(): void {
    this.now += 1 + this.choices.pick(3 * MINUTE);
    const happens = this.choices.pick(8);
    const elsewhere = this.issues.find(({ isElsewhere }) => isElsewhere);
    if (happens === 0 || this.issues.length < 3) this.create();
    else if (happens === 5) this.create(true);
    else if (happens === 6 && elsewhere) {
      elsewhere.isElsewhere = false;
      this.touch(elsewhere, true);
    } else if (happens < 4) this.touch(this.issues[this.choices.pick(this.issues.length)]!);
    else if (happens === 7 && this.isFlapping) this.isOutOfSight = !this.isOutOfSight;
    else if (happens === 4) this.issues[this.choices.pick(this.issues.length)]!.panel++;
  }

  /** As search knows it; undefined: not at all. */
  indexed(issue: Issue): Version | undefined {
    if (issue.isGone) return undefined;
    const last = issue.versions.findLast(({ visibleAt }) => visibleAt <= this.now);
    return last?.isElsewhere ? undefined : last;
  }

  found({ since = -Infinity, until = Infinity }: Partial<TimeRange>, most = Number.POSITIVE_INFINITY) {
    if (this.isOutOfSight) return [];
    return this.issues
      .flatMap((issue) => {
        const version = this.indexed(issue);
        return version && version.updated >= since && version.updated < until ? [{ issue, version }] : [];
      })
      .sort((a, b) => a.version.updated - b.version.updated || Number(a.issue.id) - Number(b.issue.id))
      .slice(0, most);
  }

  async *search(range: TimeRange): AsyncGenerator<Page> {
    let after = { updated: -Infinity, id: 0 };
    const isCut = this.endEarlyOneIn > 0 && this.choices.seldom(this.endEarlyOneIn);
    for (let page = 0; ; page++) {
      if (this.isLive && this.choices.seldom(3)) this.step();
      if (page === 1) {
        const happens = this.whenPaged;
        this.whenPaged = undefined;
        happens?.();
      }
      const rest = this.found(range).filter(
        ({ issue, version }) =>
          version.updated > after.updated ||
          (version.updated === after.updated && Number(issue.id) > after.id),
      );
      const asked = rest.filter(({ issue }) => issue !== this.hidden).slice(0, PAGE);
      const shown = asked.filter(({ issue }) => !this.isPoisoned('issues', issue));
      this.requests++;
      const found = this.page(shown);
      // As a paging helper brings it that halves its pages.
      found.unreadable = asked.filter((one) => !shown.includes(one)).map(({ issue }) => issue.id);
      yield found;
      const last = asked.at(-1);
      if (!last || rest.length <= PAGE || (isCut && page === 0) || (page + 1) * PAGE >= this.cap) {
        this.whenSearched?.();
        this.whenSearched = undefined;
        return;
      }
      after = { updated: last.version.updated, id: Number(last.issue.id) };
      await new Promise(setImmediate);
    }
  }

  /** Something happens to an issue, and its `updated` stays. */
  changeLate(issue: Issue): void {
    if (this.choices.seldom(2)) issue.panel++;
    else issue.comments.push({ id: `${issue.id}-c${issue.comments.length}`, updated: this.now });
    this.late.push({ issue, at: this.now });
  }

  async *changedLate(range: TimeRange, from: number): AsyncGenerator<Page> {
    if (this.lateTroubleOneIn > 0 && this.choices.seldom(this.lateTroubleOneIn)) throw new Error('trouble');
    const late = new Set(this.late.filter(({ at }) => at >= from).map(({ issue }) => issue));
    const found = this.found(range).filter(({ issue }) => late.has(issue) || isOpen(issue.id));
    for (let at = 0; at < found.length; at += PAGE) {
      await new Promise(setImmediate);
      yield this.page(found.slice(at, at + PAGE));
    }
  }

  page(rows: ReadonlyArray<{ issue: Issue; version: Version }>): Page {
    return Page.of(
      rows.map(({ issue, version }) => ({
        id: issue.id,
        updated: issue.isUndated ? null : new Date(version.updated).toISOString(),
        version: issue.versions.indexOf(version),
      })),
      { id: 'id', updated: 'updated' },
    ) as unknown as Page;
  }

  isPoisoned(stream: string, issue: Issue | undefined): boolean {
    return issue !== undefined && (this.poisoned.get(stream)?.has(issue) ?? false);
  }

  /** What a request costs, and whether it fails because of one of these. */
  answers(stream: string, ids: readonly string[]): void {
    this.requests++;
    if (!ids.some((id) => this.isPoisoned(stream, this.byId(id)))) return;
    if (this.refuses) throw new DataError('the server answered 400', { code: 'http.400', status: 400 });
    throw new TransientError('answered 500', { code: 'http.failed', place: `GET /${stream}`, status: 500 });
  }

  poison(issue: Issue, ...streams: readonly string[]): void {
    for (const stream of streams) this.poisoned.set(stream, new Set(this.poisoned.get(stream)).add(issue));
  }

  byId(id: string): Issue | undefined {
    const issue = this.issues[Number(id) - 1];
    return issue?.isGone ? undefined : issue;
  }
}

const P: Partition = { key: 'p' };
const isOpen = (id: string | undefined): boolean => Number(id) % 2 === 1;
const iso = (time: number): string => new Date(time).toISOString();

export function streamsOf(isReconciled: boolean, fetches = true) {
  const scan = defineScan<World>()({
    name: 'issues',
    record: { id: 'id', updated: 'updated' },
    key: 'id',
    value: 'updated',
    partitions: async (api) => {
      const seen = api.isOutOfSight ? [] : [P];
      api.whenListed?.();
      return seen;
    },
    window: () => ({ safetyMinutes: SAFETY, countFromMinutes: 10, split: { rows: 3, most: 3 } }),
    read: ({ api, range }) => api.search(range),
    count: async (api, _, range) => api.found(range).length,
    ids: isReconciled
      ? async function* (api, _, range) {
          yield api.found(range, api.cap).map(({ issue }) => issue.id);
        }
      : undefined,
    fetch: fetches
      ? async function* ({ api, ids }) {
          api.answers('issues', ids);
          const rows = ids.flatMap((id) => {
            const issue = api.isOutOfSight ? undefined : api.byId(id);
            return issue && issue !== api.unreadable ? [{ issue, version: issue.versions.at(-1)! }] : [];
          });
          if (rows.length > 0) yield api.page(rows);
        }
      : undefined,
    late: fetches
      ? {
          isOpen: (page, row) => isOpen(page.id(row, 'id')),
          read: ({ api, range, since }) => api.changedLate(range, since),
        }
      : undefined,
    confirm: async (api) => {
      api.whenConfirmed?.();
      if (api.isOutOfSight) throw new Error('out of sight');
    },
    arrival: fetches
      ? {
          stream: 'histories',
          at: (page, row) => {
            const { isMove, created } = JSON.parse(Buffer.from(page.record(row)).toString());
            return isMove ? Date.parse(created) : undefined;
          },
        }
      : undefined,
  });
  const described = { description: 'test', schema: { properties: {} }, primaryKey: ['id'] };
  type Read = (
    api: World,
    id: string,
  ) => ReadonlyArray<{ readonly id: string; readonly updated?: string; readonly created?: string }>;
  const children = (name: string, read: Read) =>
    async function* ({
      api,
      parents,
      doubt,
    }: {
      api: World;
      parents: readonly Parent<'id' | 'updated'>[];
      doubt: () => void;
    }): AsyncGenerator<OwnedPage<never, Parent<'id' | 'updated'>>> {
      if (parents.length > api.mostParents) {
        api.tooMany++;
        throw new TransientError('answered 504', { code: 'http.failed', place: `GET /${name}`, status: 504 });
      }
      for (const owner of parents) {
        await new Promise(setImmediate);
        api.answers(name, [owner.key]);
        if (api.broken === name || (api.troubleOneIn > 0 && api.choices.seldom(api.troubleOneIn)))
          throw new Error('trouble');
        if (api.isOutOfSight) doubt();
        const rows = api.isOutOfSight ? [] : read(api, owner.key);
        const page = Page.of(rows, { id: 'id', updated: 'updated', created: 'created' });
        if (rows.length > 0) yield { page: page as never, owner };
      }
    };
  return [
    scan.records({ ...described, name: 'issues', cursorField: 'updated' }),
    scan.entries({
      ...described,
      cursorField: 'id',
      name: 'comments',
      lookbackMs: ({ lookbackMs = 0 }) => lookbackMs,
      sent: entriesByTime<never>('id' as never, 'updated' as never),
      read: children('comments', (api, id) =>
        api.byId(id)!.comments.map((comment) => ({
          id: comment.id,
          updated: iso(comment.updated),
          ...(api.commentBytes > 0 ? { body: ' '.repeat(api.commentBytes) } : {}),
        })),
      ),
    }),
    scan.entries({
      ...described,
      cursorField: 'id',
      name: 'histories',
      sent: entriesByTime<never>('id' as never, 'created' as never),
      read: children('histories', (api, id) =>
        api.byId(id)!.histories.map(({ id: history, created, isMove }) => ({
          id: history,
          created: iso(created),
          isMove,
        })),
      ),
    }),
    scan.entries({
      ...described,
      cursorField: 'id',
      name: 'panels',
      lookbackMs: ({ lookbackMs = 600 * MINUTE }) => lookbackMs,
      sent: entriesByBytes(({ key }) => key) as never,
      read: children('panels', (api, id) =>
        api.hasBrokenPanels ? [] : [{ id, panel: api.byId(id)!.panel } as { id: string }],
      ),
    }),
  ];
}

export const ALL = ['issues', 'comments', 'histories', 'panels'];

export function expected({ issues: all }: World): Map<string, string[]> {
  const issues = all.filter(({ isElsewhere, isGone }) => !isElsewhere && !isGone);
  return new Map([
    ['issues', issues.map((issue) => JSON.stringify(rowOf(issue)))],
    [
      'comments',
      issues.flatMap(({ comments }) =>
        comments.map(({ id, updated }) => JSON.stringify({ id, updated: iso(updated) })),
      ),
    ],
    [
      'histories',
      issues.flatMap(({ histories }) =>
        histories.map(({ id, created, isMove }) => JSON.stringify({ id, created: iso(created), isMove })),
      ),
    ],
  ]);
}

export const rowOf = ({ id, versions, isUndated }: Issue): object => ({
  id,
  updated: isUndated ? null : iso(versions.at(-1)!.updated),
  version: versions.length - 1,
});
