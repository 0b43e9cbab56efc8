/** What the one account that the sandbox knows may sign in with. */
export interface Credentials {
  email: string;
  /** Taken on the site's own address. */
  apiToken: string;
  /** Taken at the gateway only. */
  scopedToken: string;
  /** Taken by Data Center only. */
  personalAccessToken: string;
}

/** The OAuth 2.0 app that the account has authorized, and its tokens. */
export interface OAuthApp {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The one that is good now: each is replaced when it is used. */
  refreshToken: string;
  /** How long access tokens live that are given out from now on. */
  lifeMs: number;
  /** Access tokens, and when each ends (ms since 1970 by the sandbox's clock). */
  readonly accessTokens: Map<string, number>;
  /** How many were given out. */
  given: number;
}

/** The secrets besides the API token are the same everywhere: nobody has to be told. */
export function credentialsOf({ email, apiToken }: { email: string; apiToken: string }): Credentials {
  return {
    email,
    apiToken,
    scopedToken: 'sandbox-scoped-token',
    personalAccessToken: 'sandbox-personal-token',
  };
}

/** An app whose access tokens live an hour, as the vendor's do. */
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

/** Whether an Authorization header is Basic with this user and password. */
export function isBasic(header: string | undefined, user: string, password: string): boolean {
  const [scheme, value = ''] = (header ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'basic') return false;
  return Buffer.from(value, 'base64').toString() === `${user}:${password}`;
}

/** The token of a Bearer header. */
export function bearerOf(header: string | undefined): string | undefined {
  return /^bearer (.+)$/i.exec(header ?? '')?.[1];
}
