/** What a token can be allowed to read. */
export type Scope = 'user' | 'workspace' | 'repository' | 'pullrequest' | 'pipeline';

/** Which credential came with a request. Each has its own budget. */
export type Caller = 'api-token' | 'workspace-token' | 'repository-token' | 'oauth';

export const ALL_SCOPES: readonly Scope[] = ['user', 'workspace', 'repository', 'pullrequest', 'pipeline'];

/** All credentials of the sandbox, and what each may read. */
export interface Credentials {
  email: string;
  apiToken: string;
  /** Refused everywhere. */
  apiTokenWithoutScopes: string;
  workspaceToken: string;
  repositoryToken: string;
  clientId: string;
  clientSecret: string;
  /** Lifetime of OAuth access tokens issued from now on. */
  lifeMs: number;
  /** OAuth access tokens and their expiry, by the sandbox's clock. */
  accessTokens: Map<string, number>;
  /** Number of OAuth access tokens issued so far. */
  given: number;
  scopes: Map<Caller, Set<Scope>>;
}

/** All secrets except the API token are constants, so that nobody has to look them up. */
export function credentialsOf({ email, apiToken }: { email: string; apiToken: string }): Credentials {
  const all = (caller: Caller) => [caller, new Set(ALL_SCOPES)] as const;
  return {
    email,
    apiToken,
    apiTokenWithoutScopes: 'sandbox-token-without-scopes',
    workspaceToken: 'sandbox-workspace-token',
    repositoryToken: 'sandbox-repository-token',
    clientId: 'sandbox-consumer',
    clientSecret: 'sandbox-consumer-secret',
    lifeMs: 7_200_000,
    accessTokens: new Map(),
    given: 0,
    scopes: new Map<Caller, Set<Scope>>([
      all('api-token'),
      all('workspace-token'),
      all('repository-token'),
      all('oauth'),
    ]),
  };
}

/** The vendor's name of a scope: API tokens have other names than access tokens and OAuth. */
export function scopeName(caller: string | undefined, scope: Scope): string {
  if (caller === 'api-token') return `read:${scope}:bitbucket`;
  return scope === 'user' || scope === 'workspace' ? 'account' : scope;
}

/** The names of what a caller may read. */
export function grantedScopes({ scopes }: Credentials, caller: string | undefined): string[] {
  const granted = [...(scopes.get(caller as Caller) ?? [])];
  return [...new Set(granted.map((scope) => scopeName(caller, scope)))];
}
