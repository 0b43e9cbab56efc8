import { below } from '../../http/random.ts';
import { type ByteWriter, piece, put, putAscii, putNumber } from '../../http/writer.ts';
import { putTimestamp } from '../timestamp.ts';
import { putDocument } from './adf.ts';
import { commentCount, type IssueShape, spread } from './shape.ts';
import { SITE } from './site.ts';
import type { IssueVersion } from './version.ts';
import type { World } from './world.ts';

const P = {
  self: piece(`{"self":"${SITE}/rest/api/3/issue/`),
  comment: piece('/comment/'),
  id: piece('","id":"'),
  author: piece('","author":'),
  body: piece(',"body":'),
  updateAuthor: piece(',"updateAuthor":'),
  created: piece(',"created":'),
  updated: piece(',"updated":'),
  tail: piece(',"jsdPublic":true}'),
  comments: piece('{"comments":['),
  list: piece(`],"self":"${SITE}/rest/api/3/issue/`),
  maxResults: piece('/comment","maxResults":'),
  total: piece(',"total":'),
  startAt: piece(',"startAt":0}'),
};

/** Writes the comments from `from` (inclusive) to `until` (exclusive), oldest first, separated by commas. */
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
  put(out, P.self);
  putNumber(out, id);
  put(out, P.comment);
  putNumber(out, id * 1000 + i);
  put(out, P.id);
  putNumber(out, id * 1000 + i);
  put(out, P.author);
  put(out, author);
  put(out, P.body);
  putDocument(out, blocks, seed, n, 1002 + i * 4);
  put(out, P.updateAuthor);
  put(out, author);
  put(out, P.created);
  putTimestamp(out, created, zone);
  put(out, P.updated);
  putTimestamp(out, created + edited, zone);
  put(out, P.tail);
}

function laterComment(version: IssueVersion, index: number): number {
  let seen = 0;
  for (const change of version.changes) if (change.kind === 'comment' && seen++ === index) return change.at;
  throw new RangeError(`issue ${version.id} has no later comment ${index}`);
}

/** Writes the `comment` field: as many comments as the site embeds, and the full total. */
export function putCommentField(
  out: ByteWriter,
  world: World,
  version: IssueVersion,
  shape: IssueShape,
): void {
  const total = commentCount(shape, version);
  const shown = Math.min(total, world.embedded.comments);
  put(out, P.comments);
  putComments(out, world, version, shape, 0, shown);
  put(out, P.list);
  putNumber(out, version.id);
  put(out, P.maxResults);
  putNumber(out, shown);
  put(out, P.total);
  putNumber(out, total);
  put(out, P.startAt);
}
