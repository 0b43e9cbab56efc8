import { below } from '../random.ts';
import { type ByteWriter, put, putAscii, putNumber, putText, putTimestamp } from '../writer.ts';
import { putDocumentOf } from './adf.ts';
import { AWKWARD_FIELDS } from './awkward.ts';
import { ISSUE_TYPES, PRIORITIES, RESOLUTIONS, STATUSES } from './catalog.ts';
import { putCommentField } from './comments.ts';
import { FULL_NULLS, LEAN_NULLS } from './fields.ts';
import { putChangelog } from './histories.ts';
import { editCount, type IssueShape, shapeOf, spread, statusAt } from './shape.ts';
import { SITE } from './site.ts';
import { phrase, summary } from './texts.ts';
import type { IssueVersion } from './version.ts';
import { putWorklogField } from './worklogs.ts';
import type { World } from './world.ts';

/** What `expand` may add to an issue; other values are accepted and add nothing. */
export interface Expand {
  changelog: boolean;
  renderedFields: boolean;
}

const LABELS = ['[]', '["backend"]', '["frontend","größe"]', '["tech-debt","紧急"]', '["release-🚀"]'].map(
  (json) => Buffer.from(json),
);
const SPRINTS = [0, 1, 2, 3].map((i) =>
  Buffer.from(
    `[{"id":${i + 7},"name":"Sprint ${i + 7}","state":"${i === 3 ? 'active' : 'closed'}","boardId":${(i % 2) + 1},"goal":""}]`,
  ),
);
const NULL = Buffer.from('null');
const HEAD = `{"expand":"renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations","id":"`;
const TAIL = '}}';

/** Writes an issue with all fields, as JSON without white space: the bytes are a function of world and version. */
export function putIssue(out: ByteWriter, world: World, version: IssueVersion, expand: Expand): void {
  const begin = out.length;
  const shape = shapeOf(world, version.n);
  const project = world.projects[version.project]!;
  putAscii(out, HEAD);
  putNumber(out, version.id);
  putAscii(out, `","self":"${SITE}/rest/api/3/issue/${version.id}","key":"${project.key}-${version.number}"`);
  const extra = out.length;
  if (expand.renderedFields) putRendered(out, world, version, shape);
  if (expand.changelog) {
    putAscii(out, ',"changelog":');
    putChangelog(out, world, version, shape);
  }
  const added = out.length - extra;
  putAscii(out, ',"fields":{');
  putWorkflow(out, world, version, shape);
  put(out, project.teamManaged ? LEAN_NULLS : FULL_NULLS);
  putPeople(out, world, version, shape);
  putThreads(out, world, version, shape);
  if (shape.awkward) put(out, AWKWARD_FIELDS);
  putAscii(out, ',"description":');
  const used = out.length - begin - added + TAIL.length;
  putDocumentOf(out, world.blocks, shape.bytes - used, world.seed, version.n);
  putAscii(out, TAIL);
}

function putWorkflow(out: ByteWriter, world: World, version: IssueVersion, shape: IssueShape): void {
  const { seed, zone } = world;
  const { n } = version;
  const edits = editCount(version);
  const status = STATUSES[statusAt(shape, edits)]!;
  const lastEdit = version.changes.findLast(({ kind }) => kind === 'edit')?.at ?? spread(version, 2, 3);
  putAscii(out, '"statuscategorychangedate":');
  putTimestamp(out, lastEdit, zone);
  putAscii(out, ',"issuetype":');
  put(out, ISSUE_TYPES[shape.type]!.json);
  putAscii(out, ',"project":');
  put(out, world.projects[version.project]!.reference);
  putAscii(out, ',"resolution":');
  put(out, status.done ? RESOLUTIONS[below(4, seed, n, 40)]!.json : NULL);
  putAscii(out, ',"resolutiondate":');
  if (status.done) putTimestamp(out, lastEdit, zone);
  else put(out, NULL);
  putAscii(out, ',"created":');
  putTimestamp(out, version.created, zone);
  putAscii(out, ',"updated":');
  putTimestamp(out, version.updated, zone);
  putAscii(out, ',"priority":');
  put(out, PRIORITIES[shape.priority]!.json);
  putAscii(out, ',"status":');
  put(out, status.json);
  putAscii(out, ',"labels":');
  put(out, LABELS[below(LABELS.length, seed, n, 41)]!);
  putAscii(out, ',"customfield_10020":');
  put(out, below(3, seed, n, 42) === 0 ? NULL : SPRINTS[below(SPRINTS.length, seed, n, 43)]!);
  putAscii(out, ',"summary":"');
  putText(out, summary(seed, n, 44));
  if (edits > 0) putAscii(out, ` (rev ${edits})`);
  putAscii(out, '",');
}

function putPeople(out: ByteWriter, world: World, version: IssueVersion, shape: IssueShape): void {
  const { people } = world;
  const { key } = world.projects[version.project]!;
  putAscii(out, ',"creator":');
  put(out, people[shape.creator]!.reference);
  putAscii(out, ',"reporter":');
  put(out, people[shape.reporter]!.reference);
  putAscii(out, ',"assignee":');
  put(out, people[shape.assignee]?.reference ?? NULL);
  const self = `${SITE}/rest/api/3/issue/${key}-${version.number}`;
  const votes = below(4, world.seed, version.n, 45);
  putAscii(out, `,"watches":{"self":"${self}/watchers","watchCount":${votes + 1},"isWatching":false}`);
  putAscii(out, `,"votes":{"self":"${self}/votes","votes":${votes},"hasVoted":false}`);
}

function putThreads(out: ByteWriter, world: World, version: IssueVersion, shape: IssueShape): void {
  putAscii(out, ',"attachment":[');
  for (let i = 0; i < shape.attachments; i++) putAttachment(out, world, version, shape, i);
  const seconds = shape.worklogs * 3600;
  putAscii(
    out,
    `],"progress":{"progress":${seconds},"total":${seconds}${seconds > 0 ? ',"percent":100' : ''}},"comment":`,
  );
  putCommentField(out, world, version, shape);
  putAscii(out, ',"worklog":');
  putWorklogField(out, world, version, shape);
  const panel = below(4, world.seed, version.n, 46) === 0;
  putAscii(out, ',"customfield_10000":"');
  putAscii(
    out,
    panel
      ? '{pullrequest={dataType=pullrequest, state=MERGED, stateCount=1}, json={\\"cachedValue\\":{}}}"'
      : '{}"',
  );
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
