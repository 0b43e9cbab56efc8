import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import { Refusal } from '../../http/refusal.ts';
import { json, raw } from '../answer.ts';
import { panelSummary } from '../data/panelSummary.ts';
import type { Panel } from '../data/panels.ts';
import type { IssueVersion } from '../data/version.ts';
import type { Site } from '../site.ts';
import { currentIssue, NOT_FOUND } from './issues.ts';

/** The issue in question. Only the numeric id is accepted, not the key. */
function issueOf(site: Site, call: Call): IssueVersion {
  const id = call.query.get('issueId') ?? '';
  if (!/^\d+$/.test(id)) throw new Refusal(`Failed to convert 'issueId' with value: '${id}'`);
  const version = currentIssue(site, id);
  if (!version) throw new Refusal(NOT_FOUND, 404);
  return version;
}

/** `GET /rest/dev-status/1.0/issue/summary?issueId=`: totals for each kind and provider. */
export function summary(site: Site, call: Call): Answer {
  const version = issueOf(site, call);
  const panels = site.book.panelsOf(version);
  return json({ errors: [], configErrors: [], summary: panelSummary(site.world, version, panels) });
}

/**
 * `GET /rest/dev-status/1.0/issue/detail?issueId=&applicationType=&dataType=`: entries of one kind from one provider.
 */
export function detail(site: Site, call: Call): Answer {
  const version = issueOf(site, call);
  const [applicationType, dataType] = ['applicationType', 'dataType'].map((name) => {
    const value = call.query.get(name);
    if (!value) throw new Refusal(`The '${name}' query parameter is required.`);
    return value;
  });
  if (site.deadProviders.has(applicationType!)) return unreachable(applicationType!);
  const panel = site.book
    .panelsOf(version)
    .find((one: Panel) => one.applicationType === applicationType && one.dataType === dataType);
  return panel ? raw(site.book.panelDetail(version, panel)) : json({ errors: [], detail: [] });
}

/** If Jira cannot reach a provider, it still answers with status 200. */
function unreachable(type: string): Answer {
  return json({
    errors: [{ error: 'UNAUTHORIZED', _instance: { type, id: type.toLowerCase() } }],
    detail: [],
  });
}
