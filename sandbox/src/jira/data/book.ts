import { type ByteWriter, putAscii } from '../../http/writer.ts';
import { putComments } from './comments.ts';
import { type HistoryForm, historyTimes, putHistory } from './histories.ts';
import { type Expand, putIssue } from './issue.ts';
import { type Panel, panelDetail, panelsOf } from './panels.ts';
import { commentCount, shapeOf } from './shape.ts';
import { SITE } from './site.ts';
import type { IssueVersion } from './version.ts';
import { putWorklog, type Worklog, worklogsOf } from './worklogs.ts';
import type { World } from './world.ts';

/** A recorded worklog whose issue was not recorded. */
interface StrayWorklog {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly updated: number;
  readonly bytes: Buffer;
}

/** Supplies the bytes of issues, either generated from the seed or recorded. */
export interface IssueBook {
  /** True for recorded issues: they never change, and none are added. */
  readonly fixed: boolean;
  /** Writes an issue with all fields. */
  putIssue(out: ByteWriter, version: IssueVersion, expand: Expand): void;
  /** Writes the answer of `/issue/{id}/comment`. */
  putCommentPage(out: ByteWriter, version: IssueVersion, startAt: number, maxResults: number): void;
  /** The worklogs of an issue, in order of creation. */
  worklogsOf(version: IssueVersion): readonly Worklog[];
  putWorklog(out: ByteWriter, version: IssueVersion, worklog: Worklog): void;
  /** Worklogs whose issues were not recorded. Empty for a generated book. */
  readonly strayWorklogs: readonly StrayWorklog[];
  /** The Development panels of an issue. */
  panelsOf(version: IssueVersion): readonly Panel[];
  /** The answer of `/dev-status/1.0/issue/detail` for one panel. */
  panelDetail(version: IssueVersion, panel: Panel): Buffer;
  /** Creation times of an issue's changelog entries (ms since 1970), oldest first. */
  historyTimes(version: IssueVersion): number[];
  /** Writes changelog entry `i` of an issue; 0 is the oldest. */
  putHistory(out: ByteWriter, version: IssueVersion, i: number, form: HistoryForm): void;
}

/** The book of generated issues. */
export function generatedBook(world: World): IssueBook {
  return {
    fixed: false,
    putIssue: (out, version, expand) => putIssue(out, world, version, expand),
    putCommentPage: (out, version, startAt, maxResults) => {
      const shape = shapeOf(world, version.n);
      const total = commentCount(shape, version);
      putAscii(out, `{"startAt":${startAt},"maxResults":${maxResults},"total":${total},"comments":[`);
      putComments(out, world, version, shape, startAt, Math.min(total, startAt + maxResults));
      putAscii(out, ']}');
    },
    worklogsOf: (version) => worklogsOf(shapeOf(world, version.n), version),
    putWorklog: (out, version, worklog) => putWorklog(out, world, version, worklog),
    strayWorklogs: [],
    panelsOf: (version) => panelsOf(world, version),
    panelDetail: (version, panel) => panelDetail(world, version, panel),
    historyTimes: (version) => historyTimes(shapeOf(world, version.n), version),
    putHistory: (out, version, i, form) =>
      putHistory(out, world, version, shapeOf(world, version.n), i, form),
  };
}

/** Writes the answer of `/issue/{id}/worklog`. */
export function putWorklogPage(
  out: ByteWriter,
  book: IssueBook,
  version: IssueVersion,
  startAt: number,
  maxResults: number,
): void {
  const worklogs = book.worklogsOf(version);
  putAscii(out, `{"startAt":${startAt},"maxResults":${maxResults},"total":${worklogs.length},"worklogs":[`);
  for (const [i, worklog] of worklogs.slice(startAt, startAt + maxResults).entries()) {
    if (i > 0) putAscii(out, ',');
    book.putWorklog(out, version, worklog);
  }
  putAscii(out, ']}');
}

/** Writes the answer of `/issue/{id}/changelog`. */
export function putChangelogPage(
  out: ByteWriter,
  book: IssueBook,
  version: IssueVersion,
  startAt: number,
  maxResults: number,
): void {
  const total = book.historyTimes(version).length;
  const until = Math.min(total, startAt + maxResults);
  putAscii(
    out,
    `{"self":"${SITE}/rest/api/3/issue/${version.id}/changelog","maxResults":${maxResults},"startAt":${startAt},`,
  );
  putAscii(out, `"total":${total},"isLast":${until >= total},"values":[`);
  for (let i = startAt; i < until; i++) {
    if (i > startAt) putAscii(out, ',');
    book.putHistory(out, version, i, 'text');
  }
  putAscii(out, ']}');
}
