import { below, fraction } from '../../http/random.ts';
import type { Deployment } from '../options.ts';
import type { IssueVersion } from './version.ts';
import type { World } from './world.ts';

/** The initial form of an issue; depends only on (seed, n). */
export interface IssueShape {
  /** Size of the whole issue in bytes. The description is padded to reach it. */
  bytes: number;
  comments: number;
  worklogs: number;
  histories: number;
  attachments: number;
  creator: number;
  reporter: number;
  /** Index of the assignee, or -1 for none. */
  assignee: number;
  type: number;
  priority: number;
  /** Status before any change. */
  status: number;
  awkward: boolean;
}

/** Maximum length of embedded lists; `total` is not cut (docs/vendors/jira-cloud.md, Incremental traps). */
export const EMBEDDED = { comments: 20, worklogs: 20, histories: 40 } as const;

/** The limits of one site. */
export interface Embedded {
  comments: number;
  worklogs: number;
  histories: number;
}

/** Data Center embeds comments and changelogs whole. */
export function embeddedIn(deployment: Deployment): Embedded {
  const whole = Number.POSITIVE_INFINITY;
  return deployment === 'cloud' ? EMBEDDED : { ...EMBEDDED, comments: whole, histories: whole };
}

/** Issues above this size are long comment threads; issues above the next one have long lists of worklogs. */
const TALK_BYTES = 28_000;
const WORK_BYTES = 25_000;

/** Approximate size of an issue without comments and description. */
const BARE_BYTES = 4500;

/** Draws the shape of issue `n`. */
export function shapeOf(world: World, n: number): IssueShape {
  const { seed, people } = world;
  const bytes = bytesOf(world, n);
  const talk = bytes > TALK_BYTES;
  const work = !talk && bytes > WORK_BYTES;
  const room = Math.max(0, Math.floor((bytes - BARE_BYTES) / commentBytes(world)));
  const few = Math.min(room, 1 + below(3, seed, n, 21));
  const creator = below(people.length, seed, n, 20);
  return {
    bytes,
    comments: talk ? 21 + below(40, seed, n, 21) : work ? 0 : few,
    // Use the room that comments leave. Long threads have no worklogs.
    worklogs: talk ? 0 : work ? 21 + below(10, seed, n, 22) : Math.min(room - few, below(4, seed, n, 22)),
    histories: below(20, seed, n, 23) === 0 ? 60 + below(60, seed, n, 24) : 1 + below(32, seed, n, 24),
    attachments: room > 0 && below(3, seed, n, 25) === 0 ? 1 + below(2, seed, n, 26) : 0,
    creator,
    reporter: below(4, seed, n, 27) === 0 ? below(people.length, seed, n, 28) : creator,
    assignee: below(3, seed, n, 29) === 0 ? -1 : below(people.length, seed, n, 30),
    type: below(5, seed, n, 31),
    priority: below(5, seed, n, 32),
    status: below(6, seed, n, 33),
    awkward: world.awkward && below(10, seed, n, 34) === 0,
  };
}

/** Five issues in a hundred are threads of 28 to 50 kB, and one has many worklogs. Most others are 3 to 6 kB. */
function bytesOf(world: World, n: number): number {
  const { seed, issueBytes } = world;
  const u = fraction(seed, n, 1);
  if (issueBytes) return issueBytes.min + Math.floor(u * (issueBytes.max - issueBytes.min + 1));
  const kind = below(100, seed, n, 2);
  if (kind < 5) return TALK_BYTES + 1 + Math.floor(u * 22_000);
  if (kind < 6) return WORK_BYTES + 1 + Math.floor(u * 3000);
  if (kind < 10) return 9000 + Math.floor(u * 15_000);
  if (kind < 25) return 6000 + Math.floor(u * 3000);
  if (kind < 35) return 2000 + Math.floor(u * 1000);
  return 3000 + Math.floor(u * 3000);
}

function commentBytes(world: World): number {
  return world.userBytes * 2 + 1000;
}

/** Number of comments of an issue at a version. */
export function commentCount(shape: IssueShape, version: IssueVersion): number {
  let count = shape.comments;
  for (const { kind } of version.changes) if (kind === 'comment') count++;
  return count;
}

/** The status at a version. Every edit advances it by one. */
export function statusAt(shape: IssueShape, edits: number): number {
  return (shape.status + edits) % 6;
}

/** Number of edits of an issue up to a version. */
export function editCount(version: IssueVersion): number {
  let count = 0;
  for (const { kind } of version.changes) if (kind === 'edit') count++;
  return count;
}

/** The instant (whole ms) of part `i` of `total` between creation and the first `updated`. */
export function spread(version: IssueVersion, i: number, total: number): number {
  return version.created + Math.floor(((version.firstUpdated - version.created) * i) / total);
}
