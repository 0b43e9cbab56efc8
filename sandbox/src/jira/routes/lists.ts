import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import { Refusal } from '../../http/refusal.ts';
import { errors } from '../answer.ts';
import { componentsOf, type SiteLists, versionsOf } from '../data/lists.ts';
import type { Project } from '../data/projects.ts';
import type { Site } from '../site.ts';
import { pagedAnswer, wholeAnswer } from './paged.ts';
import { queryTexts } from './parameters.ts';

type Handle = (site: Site, call: Call) => Answer;

const paged =
  (name: keyof SiteLists, fallback: number, most: number): Handle =>
  (site, call) =>
    pagedAnswer(site, call, site.lists[name], { fallback, most });
const whole =
  (name: keyof SiteLists): Handle =>
  (site) =>
    wholeAnswer(site, site.lists[name]);

/** `GET /rest/api/3/field`: a plain array. */
export const fields: Handle = whole('fields');
/** `GET /rest/api/3/field/search`: at most 50 a page. */
export const searchFields: Handle = paged('searchableFields', 50, 50);
/** `GET /rest/api/3/issuetype`: a plain array. */
export const issueTypes: Handle = whole('issueTypes');
/** `GET /rest/api/3/issueLinkType` */
export const linkTypes: Handle = (site) => {
  if (!site.linking) throw new Refusal('Issue linking is currently disabled.', 404);
  return wholeAnswer(site, site.lists.linkTypes, 'issueLinkTypes');
};
/** `GET /rest/api/3/priority/search` */
export const searchPriorities: Handle = paged('priorities', 50, 50);
/** `GET /rest/api/3/resolution/search` */
export const searchResolutions: Handle = paged('resolutions', 50, 50);
/** `GET /rest/api/3/label` */
export const labels: Handle = paged('labels', 1000, 1000);
/** `GET /rest/api/3/permissionscheme`: includes the grants only with `expand`. */
export const permissionSchemes: Handle = (site, call) => {
  const rows = site.lists.permissionSchemes;
  if (call.query.has('expand')) return wholeAnswer(site, rows, 'permissionSchemes');
  const bare = rows.map((row) => {
    const { permissions: _, ...rest } = JSON.parse(row.toString()) as { permissions: object[] };
    return Buffer.from(JSON.stringify(rest));
  });
  return wholeAnswer(site, bare, 'permissionSchemes');
};

const FORBIDDEN = 'You are not authorized to perform this action. Administrator privileges are required.';

/** Refuses the request if all of the permissions are denied. */
export function requireOneOf(site: Site, ...permissions: string[]): void {
  if (permissions.every((permission) => site.denied.has(permission))) throw new Refusal(FORBIDDEN, 403);
}

/** `GET /rest/api/3/statuses/search`: 200 a page. */
export const searchStatuses: Handle = (site, call) => {
  requireOneOf(site, 'ADMINISTER', 'ADMINISTER_PROJECTS');
  return paged('statuses', 200, 200)(site, call);
};

/** `GET /rest/api/3/workflows/search`: includes transitions only with `expand`. */
export const searchWorkflows: Handle = (site, call) => {
  requireOneOf(site, 'ADMINISTER');
  const withTransitions = (queryTexts(call, 'expand') ?? []).includes('values.transitions');
  const rows = site.lists.workflows.map((row) => {
    if (withTransitions) return row;
    const { transitions: _, ...rest } = JSON.parse(row.toString()) as { transitions: object[] };
    return Buffer.from(JSON.stringify(rest));
  });
  return pagedAnswer(site, call, rows, { fallback: 50, most: 50 });
};

/** `GET /rest/api/3/project/{idOrKey}/version`: 50 a page. */
export function versions(site: Site, call: Call): Answer {
  const rows = versionsOf(site.world.seed, projectOf(site, call));
  return pagedAnswer(site, call, rows, { fallback: 50, most: 50 });
}

/** `GET /rest/api/3/project/{idOrKey}/component`: 50 a page. */
export function components(site: Site, call: Call): Answer {
  const rows = componentsOf(site.world, projectOf(site, call));
  return pagedAnswer(site, call, rows, { fallback: 50, most: 50 });
}

function projectOf(site: Site, call: Call): Project {
  const name = call.params.idOrKey ?? '';
  const found = site.world.projects.find(({ id, key }) => id === name || key === name);
  if (found?.visible && found.status !== 'deleted') return found;
  throw new Refusal(`No project could be found with ${/^\d+$/.test(name) ? 'id' : 'key'} '${name}'.`, 404);
}

/** The answer for a project's list to an anonymous caller. */
export function noProject(_: Site, call: Call): Answer {
  return errors(404, `No project could be found with key '${call.params.idOrKey}'.`);
}
