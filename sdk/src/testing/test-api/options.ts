/** How often the API may be asked. Times are real ones: a limit is kept whatever clock the data has. */
export interface TestLimit {
  /** Requests that are answered per window. */
  readonly rps: number;
  /** The window in ms → 1000: 3,600,000 makes `rps` a budget per hour. */
  readonly windowMs?: number;
  /** `fixed` (→): counted from one full window to the next; `sliding`: over the last window; `bucket`: refilled evenly. */
  readonly window?: 'fixed' | 'sliding' | 'bucket';
  /** `bucket`: how many may come at once; → `rps`. */
  readonly burst?: number;
  /**
   * What the answers say of it. `none` (→): a bare 429; `retry-after` and `retry-after-date`: a 429 says when;
   * `x-ratelimit`: `X-RateLimit-Limit`, `-Remaining` and `-Reset` on every answer; `ratelimit`: `RateLimit-Policy`
   * and `RateLimit` (RFC draft) on every answer. The last two send no Retry-After.
   */
  readonly style?: 'none' | 'retry-after' | 'retry-after-date' | 'x-ratelimit' | 'ratelimit';
  /** `x-ratelimit`: what Reset holds, `epoch` seconds (→) or seconds `left`. */
  readonly reset?: 'epoch' | 'left';
  /** Only paths that match; → all. */
  readonly only?: RegExp;
}

/** A client of the API's OAuth 2 token endpoint, `POST /oauth/token`; everything has a default. */
export interface TestOAuth {
  /** → `test-client`. */
  readonly clientId?: string;
  /** → `client-secret-0123456789`. */
  readonly clientSecret?: string;
  /** The first refresh token; → `refresh-token-0123456789`. */
  readonly refreshToken?: string;
  /** Whether each refresh makes a new refresh token, the old one being of no use any more; → true. */
  readonly rotates?: boolean;
  /** How long an access token is good, in seconds; → 3600. */
  readonly expiresIn?: number;
}

/** What `startTestApi` can be told; everything has a default. */
export interface TestApiOptions {
  /** How many groups there are; → 20. */
  readonly partitions?: number;
  /** How many items a group has, or how many the group of this number (from 0) has; → 10. */
  readonly records?: number | ((group: number) => number);
  /** Bytes of one item's JSON text; → 1000, at least 200. */
  readonly recordBytes?: number;
  /**
   * What ids of groups and items are: `text` (→), or `snowflake`: JSON numbers of 19 digits, as many vendors make
   * them. Neighbours differ in the last digit, which a double does not hold: a source that reads ids as numbers takes
   * many things for one.
   */
  readonly ids?: 'text' | 'snowflake';
  /** How many items, one behind the other, have the same `updated`; → 1. */
  readonly perInstant?: number;
  /** The made items are older than this, ms since 1970; → 2026-01-01, so that the same data come on every day. */
  readonly until?: number;
  /** The made items lie in so many days before `until`; → 365. */
  readonly spanDays?: number;
  /** Most entries of a page, and how many come where `limit` is not asked for; → 100. */
  readonly pageSize?: number;
  /** Wait before each answer in ms, or from–to; → 0. */
  readonly latencyMs?: number | readonly [from: number, to: number];
  readonly limit?: TestLimit | readonly TestLimit[];
  /** The bearer token that is asked for; → `test-token-0123456789`. */
  readonly token?: string;
  /** Also takes access tokens that it hands out for a refresh token or to the client itself; → not. */
  readonly oauth?: TestOAuth;
  /** The vendor's clock, ms since 1970: Date header, `updated` of what is changed; → Date.now. */
  readonly clock?: () => number;
  /** Whether answers carry a Date; → true. */
  readonly dateHeader?: boolean;
  /** Compress where the client accepts it; → false. */
  readonly gzip?: boolean;
}

export type TestApiSettings = Required<Omit<TestApiOptions, 'limit' | 'records' | 'oauth'>> & {
  readonly oauth: Required<TestOAuth> | undefined;
  readonly records: (group: number) => number;
  readonly limits: readonly TestLimit[];
};

/** Fills in the defaults. @throws RangeError for what cannot work */
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
