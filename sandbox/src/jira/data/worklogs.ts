import { below } from '../random.ts';
import { type ByteWriter, piece, put, putAscii, putTimestamp } from '../writer.ts';
import { EMBEDDED, type IssueShape, spread } from './shape.ts';
import { SITE } from './site.ts';
import type { IssueVersion } from './version.ts';
import type { World } from './world.ts';

const NONE = piece(`{"startAt":0,"maxResults":${EMBEDDED.worklogs},"total":0,"worklogs":[]}`);

/** Writes worklogs `from` (included) to `until` (not), oldest first, with commas between. */
function putWorklogs(
  out: ByteWriter,
  world: World,
  version: IssueVersion,
  shape: IssueShape,
  from: number,
  until: number,
): void {
  const { seed, people, zone } = world;
  for (let i = from; i < until; i++) {
    const { n, id } = version;
    const worklogId = id * 1000 + 500 + i;
    const author = people[below(people.length, seed, n, 5000 + i * 2)]!.reference;
    const hours = 1 + below(8, seed, n, 5001 + i * 2);
    const at = spread(version, i + 1, shape.worklogs + 1);
    putAscii(
      out,
      `${i > from ? ',' : ''}{"self":"${SITE}/rest/api/3/issue/${id}/worklog/${worklogId}","author":`,
    );
    put(out, author);
    putAscii(out, ',"updateAuthor":');
    put(out, author);
    putAscii(out, ',"created":');
    putTimestamp(out, at, zone);
    putAscii(out, ',"updated":');
    putTimestamp(out, at, zone);
    putAscii(out, ',"started":');
    putTimestamp(out, at - hours * 3_600_000, zone);
    putAscii(
      out,
      `,"timeSpent":"${hours}h","timeSpentSeconds":${hours * 3600},"id":"${worklogId}","issueId":"${id}"}`,
    );
  }
}

/** Writes the `worklog` field: at most twenty, and the true total. */
export function putWorklogField(
  out: ByteWriter,
  world: World,
  version: IssueVersion,
  shape: IssueShape,
): void {
  if (shape.worklogs === 0) {
    put(out, NONE);
    return;
  }
  putAscii(out, `{"startAt":0,"maxResults":${EMBEDDED.worklogs},"total":${shape.worklogs},"worklogs":[`);
  putWorklogs(out, world, version, shape, 0, Math.min(shape.worklogs, EMBEDDED.worklogs));
  putAscii(out, ']}');
}
