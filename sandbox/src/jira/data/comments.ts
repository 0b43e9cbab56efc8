import { below } from '../random.ts';
import { type ByteWriter, put, putAscii, putNumber, putTimestamp } from '../writer.ts';
import { putDocument } from './adf.ts';
import { commentCount, EMBEDDED, type IssueShape, spread } from './shape.ts';
import { SITE } from './site.ts';
import type { IssueVersion } from './version.ts';
import type { World } from './world.ts';

/** Writes comments `from` (included) to `until` (not), oldest first, with commas between. */
export function putComments(
  out: ByteWriter,
  world: World,
  version: IssueVersion,
  shape: IssueShape,
  from: number,
  until: number,
): void {
  for (let i = from; i < until; i++) {
    if (i > from) putAscii(out, ',');
    putComment(out, world, version, shape, i);
  }
}

function putComment(
  out: ByteWriter,
  world: World,
  version: IssueVersion,
  shape: IssueShape,
  i: number,
): void {
  const { seed, people, zone, blocks } = world;
  const { n, id } = version;
  const author = people[below(people.length, seed, n, 1000 + i * 4)]!.reference;
  const created =
    i < shape.comments
      ? spread(version, i + 1, shape.comments + 1)
      : laterComment(version, i - shape.comments);
  const edited =
    i < shape.comments && below(8, seed, n, 1001 + i * 4) === 0
      ? Math.floor((version.firstUpdated - created) / 2)
      : 0;
  putAscii(out, `{"self":"${SITE}/rest/api/3/issue/`);
  putNumber(out, id);
  putAscii(out, '/comment/');
  putNumber(out, id * 1000 + i);
  putAscii(out, '","id":"');
  putNumber(out, id * 1000 + i);
  putAscii(out, '","author":');
  put(out, author);
  putAscii(out, ',"body":');
  putDocument(out, blocks, seed, n, 1002 + i * 4);
  putAscii(out, ',"updateAuthor":');
  put(out, author);
  putAscii(out, ',"created":');
  putTimestamp(out, created, zone);
  putAscii(out, ',"updated":');
  putTimestamp(out, created + edited, zone);
  putAscii(out, ',"jsdPublic":true}');
}

function laterComment(version: IssueVersion, index: number): number {
  let seen = 0;
  for (const change of version.changes) if (change.kind === 'comment' && seen++ === index) return change.at;
  throw new RangeError(`issue ${version.id} has no later comment ${index}`);
}

/** Writes the `comment` field: at most twenty comments, and the true total. */
export function putCommentField(
  out: ByteWriter,
  world: World,
  version: IssueVersion,
  shape: IssueShape,
): void {
  const total = commentCount(shape, version);
  const shown = Math.min(total, EMBEDDED.comments);
  putAscii(out, '{"comments":[');
  putComments(out, world, version, shape, 0, shown);
  putAscii(
    out,
    `],"self":"${SITE}/rest/api/3/issue/${version.id}/comment","maxResults":${shown},"total":${total},"startAt":0}`,
  );
}
