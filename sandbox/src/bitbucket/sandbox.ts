import { type Sandbox, startSandbox } from '../http/sandbox.ts';
import { fullName } from './bodies/references.ts';
import { type BitbucketControl, controlOf } from './control.ts';
import type { BitbucketOptions } from './options.ts';
import { type BitbucketStream, type Fact, truthOf } from './oracle.ts';
import { siteOf } from './site.ts';
import { bitbucket } from './vendor.ts';

/** What a test wants to know of a repository. */
export interface RepositorySummary {
  uuid: string;
  /** `workspace/slug` */
  fullName: string;
  slug: string;
  commits: number;
  /** Ids and states, oldest first. */
  pullRequests: { id: number; state: string }[];
  pipelines: { number: number; uuid: string; createdAt: number; isDone: boolean }[];
  branches: string[];
  /** Milliseconds since 1970. */
  updatedAt: number;
}

/** A running Bitbucket. */
export interface BitbucketSandbox extends Sandbox<BitbucketControl> {
  /** Login with HTTP Basic: `email:apiToken`. */
  email: string;
  apiToken: string;
  /** An API token that was made without scopes: refused everywhere. */
  apiTokenWithoutScopes: string;
  /** Bearer tokens: of the first workspace, which reads all of it, and of the first repository. */
  workspaceToken: string;
  repositoryToken: string;
  /** The OAuth consumer. `POST {url}/site/oauth2/access_token` issues its tokens. */
  oauth: { readonly clientId: string; readonly clientSecret: string };
  /** The repositories that are there, denied ones too. */
  repositories(): RepositorySummary[];
  /** What a complete sync of a stream must have now; the content of `GET /_sandbox/truth/{stream}`. */
  truth(stream: BitbucketStream): Fact[];
}

/** Starts a Bitbucket on this machine. Rejects if the port is taken; throws RangeError for invalid options. */
export async function startBitbucket(options: BitbucketOptions = {}): Promise<BitbucketSandbox> {
  const site = siteOf(options);
  const { email, apiToken, apiTokenWithoutScopes, workspaceToken, repositoryToken, clientId, clientSecret } =
    site.credentials;
  return {
    ...(await startSandbox(bitbucket, site, controlOf(site))),
    email,
    apiToken,
    apiTokenWithoutScopes,
    workspaceToken,
    repositoryToken,
    oauth: { clientId, clientSecret },
    repositories: () =>
      site.store.repositories
        .filter(({ isDeleted }) => !isDeleted)
        .map((one) => ({
          uuid: one.uuid,
          fullName: fullName(one),
          slug: one.slug,
          commits: one.commits.size,
          pullRequests: one.pullRequests.map(({ id, state }) => ({ id, state })),
          pipelines: one.pipelines.map(({ number, uuid, createdAt, result }) => ({
            number,
            uuid,
            createdAt,
            isDone: result !== undefined,
          })),
          branches: [...one.branches.keys()],
          updatedAt: one.updatedAt,
        })),
    truth: (stream) => truthOf(site, stream),
  };
}
