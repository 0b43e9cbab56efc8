import type { Project } from '../data/projects.ts';
import { SITE } from '../data/site.ts';
import { type Answer, json, raw } from '../http/answer.ts';
import type { Call } from '../http/route.ts';
import type { Site } from '../site.ts';
import { indexedVersion, versionAt } from '../store/store.ts';
import { put, putAscii, putTimestamp } from '../writer.ts';
import { page, queryTexts, within } from './parameters.ts';

/** `GET /rest/api/3/project/search`: 50 a page, at most 100; live projects unless `status` says otherwise. */
export function searchProjects(site: Site, call: Call): Answer {
  const startAt = within(call.query.get('startAt'), 0, 0, Number.MAX_SAFE_INTEGER, 'startAt');
  const maxResults = within(call.query.get('maxResults'), 50, 1, 100, 'maxResults');
  const statuses = new Set<string>(queryTexts(call, 'status') ?? ['live']);
  const keys = queryTexts(call, 'keys');
  const ids = queryTexts(call, 'id');
  const insight = (queryTexts(call, 'expand') ?? []).includes('insight');
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
    put(out, project.listed);
    if (project.status !== 'live') putAscii(out, `,"${project.status}":true`);
    if (insight) {
      const { total, last: latest } = insightOf(site, project.index);
      putAscii(out, `,"insight":{"totalIssueCount":${total}`);
      if (latest !== undefined) putAscii(out, ',"lastIssueUpdateTime":');
      if (latest !== undefined) putTimestamp(out, latest, site.world.zone);
      putAscii(out, '}');
    }
    putAscii(out, '}');
  }
  putAscii(out, ']}');
  return raw(out);
}

/** The same for a stranger: a page of nothing. */
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

/** How many issues a project has and when the last was updated, as the index knows it. */
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
