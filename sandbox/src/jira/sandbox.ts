import { type Sandbox, startSandbox } from '../http/sandbox.ts';
import { controlOf, type JiraControl } from './control.ts';
import { CLOUD_ID } from './data/site.ts';
import type { JiraOptions } from './options.ts';
import { bytesOf } from './routes/own.ts';
import { bytesOfWorklog, type WorklogFacts, worklogFacts } from './routes/worklogs.ts';
import { siteOf } from './site.ts';
import { versionAt } from './store/store.ts';
import { jira } from './vendor.ts';

/** A running Jira. */
export interface JiraSandbox extends Sandbox<JiraControl> {
  /** Login with HTTP Basic: `email:apiToken`. */
  email: string;
  apiToken: string;
  /** Token for the gateway, `{url}/ex/jira/{cloudId}`, with the same e-mail address. */
  scopedToken: string;
  cloudId: string;
  /** Bearer token for Data Center. */
  personalAccessToken: string;
  /** The OAuth app. `POST {url}/oauth/token` issues its tokens; `refreshToken` is the currently valid one. */
  oauth: { readonly clientId: string; readonly clientSecret: string; readonly refreshToken: string };
  /** The content of `GET /_sandbox/ids`; `updated` in ms since 1970. */
  ids(): { id: string; updated: number; project: string }[];
  /** The content of `GET /_sandbox/issue/{idOrKey}?compact=1`. Throws if there is no such issue. */
  issueBytes(idOrKey: string, expand?: string): Buffer;
  /** The content of `GET /_sandbox/worklogs`, by time of change. */
  worklogs(): WorklogFacts[];
  /** The content of `GET /_sandbox/worklog/{id}`. Throws if there is no such worklog. */
  worklogBytes(id: string): Buffer;
}

/** Starts a Jira on this machine. Rejects if the port is taken; throws RangeError for invalid options. */
export async function startJira(options: JiraOptions = {}): Promise<JiraSandbox> {
  const site = siteOf(options);
  const { store, world } = site;
  return {
    ...(await startSandbox(jira, site, controlOf(site))),
    email: site.credentials.email,
    apiToken: site.credentials.apiToken,
    scopedToken: site.credentials.scopedToken,
    cloudId: CLOUD_ID,
    personalAccessToken: site.credentials.personalAccessToken,
    oauth: site.oauth,
    ids: () =>
      Array.from({ length: store.rows.count }, (_, n) => versionAt(store, n))
        .filter(({ deleted }) => !deleted)
        .map(({ id, updated, project }) => ({
          id: String(id),
          updated,
          project: world.projects[project]!.key,
        })),
    issueBytes: (idOrKey, expand) => bytesOf(site, idOrKey, expand),
    worklogs: () => worklogFacts(site),
    worklogBytes: (id) => bytesOfWorklog(site, id),
  };
}
