import { below } from '../../http/random.ts';
import { type ByteWriter, piece, put, putAscii, putNumber, putText } from '../../http/writer.ts';
import { phrase, phraseBytes } from '../../texts.ts';
import { putTimestamp } from '../timestamp.ts';
import { putDocumentOf } from './adf.ts';
import { AWKWARD_FIELDS } from './awkward.ts';
import { FILLED_SPRINTS, sprintIndexOf } from './boards.ts';
import { ISSUE_TYPES, LABEL_SETS, PRIORITIES, RESOLUTIONS, STATUSES } from './catalog.ts';
import { putCommentField } from './comments.ts';
import { FULL_NULLS, LEAN_NULLS } from './fields.ts';
import { putChangelog } from './histories.ts';
import { developmentText } from './panelSummary.ts';
import { editCount, type IssueShape, shapeOf, spread, statusAt } from './shape.ts';
import { SITE } from './site.ts';
import type { IssueVersion } from './version.ts';
import { putWorklogField, worklogsOf } from './worklogs.ts';
import type { World } from './world.ts';

/** What `expand` can add to an issue. Other values are accepted and ignored. */
export interface Expand {
  changelog: boolean;
  renderedFields: boolean;
}

const LABELS = LABEL_SETS.map((labels) => Buffer.from(JSON.stringify(labels)));
const SPRINTS = FILLED_SPRINTS.map((id, i) =>
  Buffer.from(
    `[{"id":${id},"name":"Sprint ${id}","state":"${i === 3 ? 'active' : 'closed'}","boardId":${(i % 2) + 1},"goal":""}]`,
  ),
);
const NULL = piece('null');

const P = {
  head: piece(
    '{"expand":"renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations","id":"',
  ),
  self: piece(`","self":"${SITE}/rest/api/3/issue/`),
  key: piece('","key":"'),
  quote: piece('"'),
  changelog: piece(',"changelog":'),
  fields: piece(',"fields":{"statuscategorychangedate":'),
  issuetype: piece(',"issuetype":'),
  project: piece(',"project":'),
  resolution: piece(',"resolution":'),
  resolutiondate: piece(',"resolutiondate":'),
  created: piece(',"created":'),
  updated: piece(',"updated":'),
  priority: piece(',"priority":'),
  status: piece(',"status":'),
  labels: piece(',"labels":'),
  sprint: piece(',"customfield_10020":'),
  summary: piece(',"summary":"'),
  dot: piece(' · '),
  comma: piece('",'),
  creator: piece(',"creator":'),
  reporter: piece(',"reporter":'),
  assignee: piece(',"assignee":'),
  watches: piece(`,"watches":{"self":"${SITE}/rest/api/3/issue/`),
  watchers: piece('/watchers","watchCount":'),
  votes: piece(`,"isWatching":false},"votes":{"self":"${SITE}/rest/api/3/issue/`),
  votesCount: piece('/votes","votes":'),
  attachment: piece(',"hasVoted":false},"attachment":['),
  noProgress: piece('],"progress":{"progress":0,"total":0},"comment":'),
  worklog: piece(',"worklog":'),
  development: piece(',"customfield_10000":'),
  description: piece(',"description":'),
  tail: piece('}}'),
};

/** Writes an issue with all fields as compact JSON. The bytes depend only on the world and the version. */
export function putIssue(out: ByteWriter, world: World, version: IssueVersion, expand: Expand): void {
  const begin = out.length;
  const shape = shapeOf(world, version.n);
  const project = world.projects[version.project]!;
  put(out, P.head);
  putNumber(out, version.id);
  put(out, P.self);
  putNumber(out, version.id);
  put(out, P.key);
  put(out, project.keyPrefix);
  putNumber(out, version.number);
  put(out, P.quote);
  const extra = out.length;
  if (expand.renderedFields) putRendered(out, world, version, shape);
  if (expand.changelog) {
    put(out, P.changelog);
    putChangelog(out, world, version, shape);
  }
  const added = out.length - extra;
  putWorkflow(out, world, version, shape);
  put(out, project.teamManaged ? LEAN_NULLS : FULL_NULLS);
  putPeople(out, world, version, shape);
  putThreads(out, world, version, shape);
  if (shape.awkward) put(out, AWKWARD_FIELDS);
  put(out, P.description);
  const used = out.length - begin - added + P.tail.length;
  putDocumentOf(out, world.blocks, shape.bytes - used, world.seed, version.n);
  put(out, P.tail);
}

function putWorkflow(out: ByteWriter, world: World, version: IssueVersion, shape: IssueShape): void {
  const { seed, zone } = world;
  const { n } = version;
  const edits = editCount(version);
  const status = STATUSES[statusAt(shape, edits)]!;
  const lastEdit = version.changes.findLast(({ kind }) => kind === 'edit')?.at ?? spread(version, 2, 3);
  put(out, P.fields);
  putTimestamp(out, lastEdit, zone);
  put(out, P.issuetype);
  put(out, ISSUE_TYPES[shape.type]!.json);
  put(out, P.project);
  put(out, world.projects[version.project]!.reference);
  put(out, P.resolution);
  put(out, status.done ? RESOLUTIONS[below(4, seed, n, 40)]!.json : NULL);
  put(out, P.resolutiondate);
  if (status.done) putTimestamp(out, lastEdit, zone);
  else put(out, NULL);
  put(out, P.created);
  putTimestamp(out, version.created, zone);
  put(out, P.updated);
  putTimestamp(out, version.updated, zone);
  put(out, P.priority);
  put(out, PRIORITIES[shape.priority]!.json);
  put(out, P.status);
  put(out, status.json);
  put(out, P.labels);
  put(out, LABELS[below(LABELS.length, seed, n, 41)]!);
  put(out, P.sprint);
  const sprint = sprintIndexOf(seed, n);
  put(out, sprint === undefined ? NULL : SPRINTS[sprint]!);
  put(out, P.summary);
  put(out, phraseBytes(seed, n, 44));
  put(out, P.dot);
  put(out, phraseBytes(seed, n, 45));
  if (edits > 0) putAscii(out, ` (rev ${edits})`);
  put(out, P.comma);
}

function putPeople(out: ByteWriter, world: World, version: IssueVersion, shape: IssueShape): void {
  const { people } = world;
  const { keyPrefix } = world.projects[version.project]!;
  put(out, P.creator);
  put(out, people[shape.creator]!.reference);
  put(out, P.reporter);
  put(out, people[shape.reporter]!.reference);
  put(out, P.assignee);
  put(out, people[shape.assignee]?.reference ?? NULL);
  const votes = below(4, world.seed, version.n, 46);
  put(out, P.watches);
  put(out, keyPrefix);
  putNumber(out, version.number);
  put(out, P.watchers);
  putNumber(out, votes + 1);
  put(out, P.votes);
  put(out, keyPrefix);
  putNumber(out, version.number);
  put(out, P.votesCount);
  putNumber(out, votes);
}

function putThreads(out: ByteWriter, world: World, version: IssueVersion, shape: IssueShape): void {
  put(out, P.attachment);
  for (let i = 0; i < shape.attachments; i++) putAttachment(out, world, version, shape, i);
  const worklogs = worklogsOf(shape, version);
  const seconds = worklogs.length * 3600;
  if (seconds === 0) put(out, P.noProgress);
  else putAscii(out, `],"progress":{"progress":${seconds},"total":${seconds},"percent":100},"comment":`);
  putCommentField(out, world, version, shape);
  put(out, P.worklog);
  putWorklogField(out, world, version, worklogs);
  if (!world.developmentField) return;
  put(out, P.development);
  putAscii(out, JSON.stringify(developmentText(world, version)));
}

function putAttachment(
  out: ByteWriter,
  world: World,
  version: IssueVersion,
  shape: IssueShape,
  i: number,
): void {
  const id = version.id * 100 + i;
  const bytes = 1000 + below(900_000, world.seed, version.n, 50 + i);
  putText(
    out,
    `${i > 0 ? ',' : ''}{"self":"${SITE}/rest/api/3/attachment/${id}","id":"${id}","filename":"截图 ${i + 1}.png","author":`,
  );
  put(out, world.people[shape.creator]!.reference);
  putAscii(out, ',"created":');
  putTimestamp(out, spread(version, i + 1, shape.attachments + 1), world.zone);
  putAscii(
    out,
    `,"size":${bytes},"mimeType":"image/png","content":"${SITE}/rest/api/3/attachment/content/${id}"}`,
  );
}

function putRendered(out: ByteWriter, world: World, version: IssueVersion, shape: IssueShape): void {
  const text = phrase(world.seed, version.n, 60);
  putText(
    out,
    `,"renderedFields":{"description":"<p>${text}<\\/p>","environment":"","created":"${version.id % 28} days ago"`,
  );
  putAscii(out, `,"comment":{"comments":[],"maxResults":0,"total":${shape.comments},"startAt":0}}`);
}
