/** A rate limit of the API. It uses real time, whatever clock the data has. */
export interface TestLimit {
  /** Requests allowed per window. */
  readonly rps: number;
  /** The window in ms. Default: 1000. With 3,600,000, `rps` is a budget per hour. */
  readonly windowMs?: number;
  /** `fixed` (default): counted in fixed windows; `sliding`: over the last window; `bucket`: refilled evenly. */
  readonly window?: 'fixed' | 'sliding' | 'bucket';
  /** For `bucket`: how many requests may come at once. Default: `rps`. */
  readonly burst?: number;
  /**
   * What the responses say about the limit. `none` (default): a bare 429. `retry-after` and `retry-after-date`: a
   * 429 says when to come again. `x-ratelimit`: `X-RateLimit-Limit`, `-Remaining` and `-Reset` on every response.
   * `ratelimit`: `RateLimit-Policy` and `RateLimit` (RFC draft) on every response. The last two send no
   * Retry-After.
   */
  readonly style?: 'none' | 'retry-after' | 'retry-after-date' | 'x-ratelimit' | 'ratelimit';
  /** For `x-ratelimit`: whether Reset is in `epoch` seconds (default) or seconds `left`. */
  readonly reset?: 'epoch' | 'left';
  /** Only for matching paths. Default: all. */
  readonly only?: RegExp;
}

/** A client of the API's OAuth 2 token endpoint, `POST /oauth/token`. Everything has a default. */
export interface TestOAuth {
  /** Default: `test-client`. */
  readonly clientId?: string;
  /** Default: `client-secret-0123456789`. */
  readonly clientSecret?: string;
  /** The first refresh token. Default: `refresh-token-0123456789`. */
  readonly refreshToken?: string;
  /** Whether each refresh issues a new refresh token and invalidates the old one. Default: true. */
  readonly rotates?: boolean;
  /** The lifetime of an access token in seconds. Default: 3600. */
  readonly expiresIn?: number;
}

/** Options of `startTestApi`. Everything has a default. */
export interface TestApiOptions {
  /** The number of groups. Default: 20. */
  readonly partitions?: number;
  /** The number of items in each group, or in the group with this number (from 0). Default: 10. */
  readonly records?: number | ((group: number) => number);
  /** The size of an item's JSON text in bytes. Default: 1000, at least 200. */
  readonly recordBytes?: number;
  /**
   * The format of ids: `text` (default), or `snowflake`: JSON numbers of 19 digits, as many vendors use.
   * Neighbouring ids differ only in the last digit, which a double cannot hold. So a source that reads ids as
   * numbers confuses different items.
   */
  readonly ids?: 'text' | 'snowflake';
  /** How many consecutive items share the same `updated`. Default: 1. */
  readonly perInstant?: number;
  /**
   * All generated items are older than this, ms since 1970. Default: 2026-01-01, so that the data is the same
   * every day.
   */
  readonly until?: number;
  /** The generated items are spread over this many days before `until`. Default: 365. */
  readonly spanDays?: number;
  /** The largest page, and the page size if `limit` is not given. Default: 100. */
  readonly pageSize?: number;
  /** The delay before each response in ms, or a range. Default: 0. */
  readonly latencyMs?: number | readonly [from: number, to: number];
  readonly limit?: TestLimit | readonly TestLimit[];
  /** The accepted bearer token. Default: `test-token-0123456789`. */
  readonly token?: string;
  /** Also accept access tokens issued for a refresh token or for the client itself. Default: no. */
  readonly oauth?: TestOAuth;
  /**
   * The vendor's clock, ms since 1970, for the Date header and the `updated` of changed items. Default: Date.now.
   */
  readonly clock?: () => number;
  /** Whether responses have a Date header. Default: true. */
  readonly dateHeader?: boolean;
  /** Whether to compress responses if the client accepts it. Default: false. */
  readonly gzip?: boolean;
}

export type TestApiSettings = Required<Omit<TestApiOptions, 'limit' | 'records' | 'oauth'>> & {
  readonly oauth: Required<TestOAuth> | undefined;
  readonly records: (group: number) => number;
  readonly limits: readonly TestLimit[];
};

/** Fills in the defaults. @throws RangeError for impossible options */
export function settingsOf(options: TestApiOptions): TestApiSettings {
  const { limit, records = 10, oauth, ...rest } = options;
  const settings: TestApiSettings = {
    partitions: 20,
    recordBytes: 1000,
    ids: 'text',
    perInstant: 1,
    until: Date.UTC(2026, 0, 1),
    spanDays: 365,
    pageSize: 100,
    latencyMs: 0,
    token: 'test-token-0123456789',
    clock: Date.now,
    dateHeader: true,
    gzip: false,
    ...rest,
    oauth: oauth && {
      clientId: 'test-client',
      clientSecret: 'client-secret-0123456789',
      refreshToken: 'refresh-token-0123456789',
      rotates: true,
      expiresIn: 3600,
      ...oauth,
    },
    records: typeof records === 'number' ? () => records : records,
    limits: limit === undefined ? [] : [limit].flat(),
  };
  for (const name of ['partitions', 'perInstant', 'pageSize'] as const) {
    if (!Number.isSafeInteger(settings[name]) || settings[name] < 1)
      throw new RangeError(`${name} must be a whole number ≥ 1`);
  }
  if (settings.recordBytes < 200) throw new RangeError('recordBytes must be at least 200');
  return settings;
}
