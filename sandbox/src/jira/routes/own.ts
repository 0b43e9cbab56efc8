import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import { page } from '../../http/page.ts';
import { prettyPrinted } from '../../http/pretty.ts';
import { Refusal } from '../../http/refusal.ts';
import { lineEndOf } from '../../http/service.ts';
import { putAscii, written } from '../../http/writer.ts';
import { json, raw } from '../answer.ts';
import type { Site } from '../site.ts';
import { placeOf, versionAt } from '../store/store.ts';

/** `GET /_sandbox/projects`: `[{id, key, status, visible}]`. */
export function projectsInfo(site: Site): Answer {
  return json(site.world.projects.map(({ id, key, status, visible }) => ({ id, key, status, visible })));
}

/** `GET /_sandbox/ids`: `[{id, updated, project}]` of all existing issues, regardless of the index; `updated` in ms. */
export function idsOf(site: Site): Answer {
  const { store, world } = site;
  const out = page(site);
  putAscii(out, '[');
  let first = true;
  for (let n = 0; n < store.rows.count; n++) {
    const { id, updated, project, deleted } = versionAt(store, n);
    if (deleted) continue;
    putAscii(
      out,
      `${first ? '' : ','}{"id":"${id}","updated":${updated},"project":"${world.projects[project]!.key}"}`,
    );
    first = false;
  }
  putAscii(out, ']');
  return raw(out, 200, { 'X-Sandbox-Exact': '1' });
}

/**
 * `GET /_sandbox/issue/{idOrKey}`: the bytes that a search with all fields would send for the current issue,
 * including pretty-printing. `?compact=1` omits the pretty-printing; `?expand=` works as in search.
 */
export function issueBytes(site: Site, call: Call): Answer {
  const bytes = bytesOf(site, call.params.idOrKey ?? '', call.query.get('expand') ?? '');
  const lineEnd = call.query.has('compact') ? undefined : lineEndOf(site.settings);
  const body = lineEnd ? prettyPrinted(bytes, lineEnd, 2) : bytes;
  return raw(body, 200, { 'X-Sandbox-Exact': '1' });
}

/** The issue as compact JSON, copied out of the page buffer. */
export function bytesOf(site: Site, idOrKey: string, expand = ''): Buffer {
  const n = placeOf(site.store, idOrKey);
  const version = n < 0 ? undefined : versionAt(site.store, n);
  if (!version || version.deleted) throw new Refusal(`no issue ${idOrKey}`, 404);
  const out = page(site);
  site.book.putIssue(out, version, {
    changelog: expand.includes('changelog'),
    renderedFields: expand.includes('renderedFields'),
  });
  const bytes = Buffer.from(written(out));
  site.spare.push(out);
  return bytes;
}
