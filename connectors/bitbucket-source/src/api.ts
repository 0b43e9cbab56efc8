import { type HttpClient, type Log, type OpenContext, type PassedOver, passedOver } from '@headrace/sdk';
import { classifier, errorsIn } from './answers/classify.ts';
import { rankOf } from './answers/ranks.ts';
import { type Scopes, scopes } from './answers/scopes.ts';
import type { Config } from './config.ts';
import { type Reach, reachOf } from './site/reach.ts';
import { type Repositories, repositoriesOf } from './site/repositories.ts';

import { signIn } from './site/sign-in.ts';
import { type Workspace, workspacesOf } from './site/workspaces.ts';

/** What the streams use of Bitbucket's REST API. */
export interface BitbucketApi {
  readonly config: Config;
  readonly http: HttpClient;
  readonly log: Log;
  /** The workspaces to read. Requested once per run. */
  readonly workspaces: () => Promise<readonly Workspace[]>;
  readonly repositories: Repositories;
  readonly reach: Reach;
  readonly lacking: Scopes['lacking'];
  /** What this read skips. It is logged at the end. */
  readonly passedOver: PassedOver;
  /** The states of each stream at the start of the read. */
  readonly states: NonNullable<OpenContext['reading']>['states'];
}

const HOUR_MS = 3_600_000;

/** Called once, before any request. */
export function bitbucketApi(config: Config, { http: createHttp, log, reading }: OpenContext): BitbucketApi {
  const { requests_per_hour: requests, credentials } = config;
  const granted = scopes();
  const classify = classifier(credentials.auth_type);
  const http = createHttp({
    baseUrl: config.base_url,
    auth: signIn(config),
    classify: (answer, now) => {
      granted.hear(answer);
      return classify(answer, now);
    },
    errorsIn,
    rank: rankOf,
    limits: { budgets: requests === undefined ? [] : [{ requests, perMs: HOUR_MS }] },
  });
  const states = reading?.states ?? new Map();
  let listed: Promise<readonly Workspace[]> | undefined;
  const workspaces = (): Promise<readonly Workspace[]> => {
    listed ??= workspacesOf(config, http);
    return listed;
  };
  const repositories = repositoriesOf(config, { http, log, workspaces, states });
  return {
    config,
    http,
    log,
    workspaces,
    repositories,
    reach: reachOf(() => repositories.all(), states),
    lacking: granted.lacking,
    passedOver: passedOver(log),
    states,
  };
}
