import type { AddressInfo } from 'node:net';
import { controlOf, type JiraControl } from './control.ts';
import { CLOUD_ID } from './data/site.ts';
import { jiraServer } from './http/server.ts';
import type { SandboxStats } from './http/stats.ts';
import type { JiraOptions } from './options.ts';
import { bytesOf } from './routes/control.ts';
import { bytesOfWorklog, type WorklogFacts, worklogFacts } from './routes/worklogs.ts';
import { siteOf } from './site.ts';
import { versionAt } from './store/store.ts';

/** A running Jira. */
export interface JiraSandbox {
  /** `http://127.0.0.1:4010`, without a trailing slash. */
  url: string;
  port: number;
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
  control: JiraControl;
  stats(): SandboxStats;
  /** The content of `GET /_sandbox/ids`; `updated` in ms since 1970. */
  ids(): { id: string; updated: number; project: string }[];
  /** The content of `GET /_sandbox/issue/{idOrKey}?compact=1`. Throws if there is no such issue. */
  issueBytes(idOrKey: string, expand?: string): Buffer;
  /** The content of `GET /_sandbox/worklogs`, by time of change. */
  worklogs(): WorklogFacts[];
  /** The content of `GET /_sandbox/worklog/{id}`. Throws if there is no such worklog. */
  worklogBytes(id: string): Buffer;
  /** Milliseconds since 1970 by the sandbox's clock. */
  now(): number;
  /** Closes all connections and stops listening. */
  close(): Promise<void>;
}

/** Starts a Jira on this machine. Rejects if the port is taken; throws RangeError for invalid options. */
export async function startJira(options: JiraOptions = {}): Promise<JiraSandbox> {
  const site = siteOf(options);
  const server = jiraServer(site);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(site.settings.port, site.settings.host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  const control = controlOf(site);
  const { store, world } = site;
  return {
    url: `http://${site.settings.host}:${port}`,
    port,
    email: site.credentials.email,
    apiToken: site.credentials.apiToken,
    scopedToken: site.credentials.scopedToken,
    cloudId: CLOUD_ID,
    personalAccessToken: site.credentials.personalAccessToken,
    oauth: site.oauth,
    control,
    stats: control.stats,
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
    now: () => site.clock.now(),
    close: () =>
      new Promise((resolve, reject) => {
        control.release();
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
