import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import { page } from '../../http/page.ts';
import { Refusal } from '../../http/refusal.ts';
import { type ByteWriter, put, putAscii, putText } from '../../http/writer.ts';
import { json, raw } from '../answer.ts';
import { type Project, projectNamed } from '../data/projects.ts';
import { SITE } from '../data/site.ts';
import type { Site } from '../site.ts';
import { indexedVersion, versionAt } from '../store/store.ts';
import { putTimestamp } from '../timestamp.ts';
import { queryTexts, within } from './parameters.ts';

/** `GET /rest/api/3/project/search`: 50 a page, at most 100; live projects only, unless `status` says otherwise. */
export function searchProjects(site: Site, call: Call): Answer {
  const startAt = within(call.query.get('startAt'), 0, 0, Number.MAX_SAFE_INTEGER, 'startAt');
  const maxResults = within(call.query.get('maxResults'), 50, 1, 100, 'maxResults');
  const statuses = new Set<string>(queryTexts(call, 'status') ?? ['live']);
  const keys = queryTexts(call, 'keys');
  const ids = queryTexts(call, 'id');
  const expand = queryTexts(call, 'expand') ?? [];
  const wanted = ({ visible, status, key, id }: Project) =>
    visible && statuses.has(status) && (!keys || keys.includes(key)) && (!ids || ids.includes(id));
  const found = site.world.projects.filter(wanted).sort((a, b) => (a.key < b.key ? -1 : 1));
  const last = startAt + maxResults >= found.length;
  const self = (from: number) => `${SITE}/rest/api/3/project/search?maxResults=${maxResults}&startAt=${from}`;
  const out = page(site);
  putAscii(
    out,
    `{"self":"${self(startAt)}",${last ? '' : `"nextPage":"${self(startAt + maxResults)}",`}"maxResults":${maxResults},`,
  );
  putAscii(out, `"startAt":${startAt},"total":${found.length},"isLast":${last},"values":[`);
  for (const [i, project] of found.slice(startAt, startAt + maxResults).entries()) {
    if (i > 0) putAscii(out, ',');
    putProject(out, site, project, expand);
  }
  putAscii(out, ']}');
  return raw(out);
}

/** `GET /rest/api/{2,3}/project/{idOrKey}`: former keys work too. */
export function getProject(site: Site, call: Call): Answer {
  const named = call.params.idOrKey ?? '';
  const found = projectNamed(site.world.projects, named);
  if (!found?.visible || found.status === 'deleted')
    throw new Refusal(`No project could be found with key '${named}'.`, 404);
  const out = page(site);
  putProject(out, site, found, []);
  return raw(out);
}

/** The answer for an anonymous caller: an empty page. */
export function noProjects(): Answer {
  return json({
    self: `${SITE}/rest/api/3/project/search?maxResults=50&startAt=0`,
    maxResults: 50,
    startAt: 0,
    total: 0,
    isLast: true,
    values: [],
  });
}

/** Appends a project in the list's format, with what `expand` names. */
function putProject(out: ByteWriter, site: Site, project: Project, expand: readonly string[]): void {
  const { people, zone } = site.world;
  const lead = people[project.index % people.length]!.reference;
  put(out, project.listed);
  if (project.status !== 'live') {
    putAscii(out, `,"${project.status}":true,"${project.status}Date":"${LATELY}","${project.status}By":`);
    put(out, lead);
  }
  if (project.status === 'deleted') putAscii(out, `,"retentionTillDate":"${LATER}"`);
  if (expand.includes('description')) putText(out, `,"description":"Alles für ${project.key} ✅"`);
  if (expand.includes('projectKeys'))
    putText(out, `,"projectKeys":${JSON.stringify([project.key, ...project.formerKeys])}`);
  if (expand.includes('url')) putAscii(out, `,"url":"https://wiki.example/${project.key}"`);
  if (expand.includes('lead')) {
    putAscii(out, ',"lead":');
    put(out, lead);
  }
  if (expand.includes('insight')) {
    const { total, last: latest } = insightOf(site, project.index);
    putAscii(out, `,"insight":{"totalIssueCount":${total}`);
    if (latest !== undefined) putAscii(out, ',"lastIssueUpdateTime":');
    if (latest !== undefined) putTimestamp(out, latest, zone);
    putAscii(out, '}');
  }
  putAscii(out, '}');
}

/** When archived or deleted projects got that status, and when the trash is emptied. */
const LATELY = '2026-11-02T09:15:00.000+0000';
const LATER = '2027-01-01T09:15:00.000+0000';

/** Number of issues in a project and the latest `updated`, according to the search index. */
function insightOf(site: Site, project: number): { total: number; last: number | undefined } {
  const index = site.store.byProject[project]!;
  let total = 0;
  let last: number | undefined;
  for (let i = 0; i < index.count; i++) {
    const version = versionAt(site.store, index.place[i]!, indexedVersion(site.store, index.place[i]!));
    if (version.updated !== index.at[i] || version.project !== project || version.deleted) continue;
    total++;
    last = version.updated;
  }
  return { total, last };
}
