/** The credentials of the sandbox's only account. */
export interface Credentials {
  email: string;
  /** Accepted on the site's own address. */
  apiToken: string;
  /** Accepted only at the gateway. */
  scopedToken: string;
  /** Accepted only by Data Center. */
  personalAccessToken: string;
}

/** The OAuth 2.0 app that the account has authorized, and its tokens. */
export interface OAuthApp {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The currently valid one. Each use replaces it. */
  refreshToken: string;
  /** Lifetime of access tokens issued from now on. */
  lifeMs: number;
  /** Access tokens and their expiry (ms since 1970 by the sandbox's clock). */
  readonly accessTokens: Map<string, number>;
  /** Number of tokens issued so far. */
  given: number;
}

/** All secrets except the API token are constants, so that nobody has to look them up. */
export function credentialsOf({ email, apiToken }: { email: string; apiToken: string }): Credentials {
  return {
    email,
    apiToken,
    scopedToken: 'sandbox-scoped-token',
    personalAccessToken: 'sandbox-personal-token',
  };
}

/** An app whose access tokens live an hour, like the vendor's. */
export function oauthApp(): OAuthApp {
  return {
    clientId: 'sandbox-client',
    clientSecret: 'sandbox-client-secret',
    refreshToken: 'sandbox-refresh-0',
    lifeMs: 3_600_000,
    accessTokens: new Map(),
    given: 0,
  };
}
