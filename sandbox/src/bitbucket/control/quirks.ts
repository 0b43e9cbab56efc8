import type { ServiceControl } from '../../http/control.ts';
import { ALL_SCOPES, type Caller, type Scope } from '../credentials.ts';
import type { Site } from '../site.ts';

/** Commands for what the vendor does now one way and now another. */
export interface QuirkControl {
  /** Requests that each caller has in an hour; null = any number. Nothing is spent yet. */
  budget(to: { perHour: number | null }): void;
  /** What a credential may read from now on; default: everything. */
  scopes(to: { caller: Caller; scopes?: Scope[] }): void;
  /** Replaces the API token. */
  credentials(to: { apiToken: string }): void;
  /** Lifetime of OAuth access tokens issued from now on; two hours by default. */
  accessTokens(life: { seconds: number }): void;
  /** All OAuth access tokens become invalid. */
  revokeAccessTokens(): void;
  /** `size` of lists: right, missing, or wrong by a few. */
  sizes(to: { are: Site['sizes'] }): void;
  /** `next` leads to this origin, such as `http://127.0.0.1:1`; null = back to where the request was sent. */
  linkTo(to: { origin: string | null }): void;
  /** What the removed lists over all workspaces answer; default 410. */
  removedStatus(to: { status: Site['removedStatus'] }): void;
  /** Pages of walks over commits that `next` has led to are no longer known. */
  forgetWalks(): void;
  /** The number of pull requests above which `sort` with states fails. */
  sortFailsAbove(to: { pullRequests: number }): void;
}

/** @param limit the shared command for limits */
export function quirkControl(site: Site, limit: ServiceControl['limit']): QuirkControl {
  const { credentials, settings, walks } = site;
  return {
    budget: ({ perHour }) => {
      for (const name of ['hour', 'scaled']) limit({ name, amount: perHour });
    },
    scopes: ({ caller, scopes = [...ALL_SCOPES] }) => {
      credentials.scopes.set(caller, new Set(scopes));
    },
    credentials: ({ apiToken }) => {
      credentials.apiToken = apiToken;
    },
    accessTokens: ({ seconds }) => {
      credentials.lifeMs = seconds * 1000;
    },
    revokeAccessTokens: () => credentials.accessTokens.clear(),
    sizes: ({ are }) => {
      site.sizes = are;
    },
    linkTo: ({ origin }) => {
      site.linkOrigin = origin ?? undefined;
    },
    removedStatus: ({ status }) => {
      site.removedStatus = status;
    },
    forgetWalks: () => walks.clear(),
    sortFailsAbove: ({ pullRequests }) => {
      settings.sortFailsAbove = pullRequests;
    },
  };
}
