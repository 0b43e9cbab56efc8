import { below } from '../../http/random.ts';
import { type ByteWriter, piece, put, putAscii } from '../../http/writer.ts';
import { putTimestamp } from '../timestamp.ts';
import { EMBEDDED, type IssueShape, spread } from './shape.ts';
import { SITE } from './site.ts';
import type { IssueVersion } from './version.ts';
import type { World } from './world.ts';

/** A worklog of an issue at one of the issue's versions. */
export interface Worklog {
  /** Index among all worklogs that the issue ever had, from 0. */
  readonly index: number;
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly updated: number;
  readonly edits: number;
}

const NONE = piece(`{"startAt":0,"maxResults":${EMBEDDED.worklogs},"total":0,"worklogs":[]}`);
const NO_WORKLOGS: readonly Worklog[] = [];

/** The worklogs of an issue in order of creation, with all changes since the start applied. */
export function worklogsOf(shape: IssueShape, version: IssueVersion): readonly Worklog[] {
  const changes = version.changes.filter(({ worklog }) => worklog !== undefined);
  if (shape.worklogs === 0 && changes.length === 0) return NO_WORKLOGS;
  const made: (Worklog | undefined)[] = Array.from({ length: shape.worklogs }, (_, index) => {
    const at = spread(version, index + 1, shape.worklogs + 1);
    return { index, id: worklogId(version, index), created: at, updated: at, edits: 0 };
  });
  for (const { at, worklog } of changes) {
    const { act, index } = worklog!;
    if (act === 'delete') made[index] = undefined;
    else if (act === 'edit') made[index] = { ...made[index]!, updated: at, edits: made[index]!.edits + 1 };
    else made[index] = { index, id: worklogId(version, index), created: at, updated: at, edits: 0 };
  }
  return made.filter((one) => one !== undefined);
}

/** Number of worklogs that the issue ever had, which is the index of the next one. */
export function worklogsMade(shape: IssueShape, version: IssueVersion): number {
  return shape.worklogs + version.changes.filter(({ worklog }) => worklog?.act === 'add').length;
}

/** Does not collide with comments, whose ids end below 500. */
function worklogId({ id }: IssueVersion, index: number): number {
  return id * 1000 + 500 + index;
}

/** Writes a worklog. Each edit adds an hour. */
export function putWorklog(out: ByteWriter, world: World, version: IssueVersion, worklog: Worklog): void {
  const { seed, people, zone } = world;
  const { n, id } = version;
  const { index, created, updated, edits } = worklog;
  const author = people[below(people.length, seed, n, 5000 + index * 2)]!.reference;
  const hours = 1 + below(8, seed, n, 5001 + index * 2) + edits;
  putAscii(out, `{"self":"${SITE}/rest/api/3/issue/${id}/worklog/${worklog.id}","author":`);
  put(out, author);
  putAscii(out, ',"updateAuthor":');
  put(out, author);
  putAscii(out, ',"created":');
  putTimestamp(out, created, zone);
  putAscii(out, ',"updated":');
  putTimestamp(out, updated, zone);
  putAscii(out, ',"started":');
  putTimestamp(out, created - hours * 3_600_000, zone);
  putAscii(
    out,
    `,"timeSpent":"${hours}h","timeSpentSeconds":${hours * 3600},"id":"${worklog.id}","issueId":"${id}"}`,
  );
}

/** Writes the `worklog` field: at most twenty worklogs, and the full total. */
export function putWorklogField(
  out: ByteWriter,
  world: World,
  version: IssueVersion,
  worklogs: readonly Worklog[],
): void {
  if (worklogs.length === 0) {
    put(out, NONE);
    return;
  }
  putAscii(out, `{"startAt":0,"maxResults":${EMBEDDED.worklogs},"total":${worklogs.length},"worklogs":[`);
  for (const [i, worklog] of worklogs.slice(0, EMBEDDED.worklogs).entries()) {
    if (i > 0) putAscii(out, ',');
    putWorklog(out, world, version, worklog);
  }
  putAscii(out, ']}');
}
