import { isHeadraceError, SystemError } from '../../errors.ts';
import type { HttpEnv } from '../client.ts';
import type { Auth } from './auth.ts';

/** An access token, and how long it is valid if the vendor says so. */
export interface AccessToken {
  readonly token: string;
  readonly lifeMs: number | undefined;
}

/** How long before its expiry a token is renewed; a short-lived token is renewed at half of its life. */
const MARGIN_MS = 60_000;
/** If a token younger than this is refused, its age is not the reason. */
const FRESH_MS = 30_000;

interface Current extends AccessToken {
  readonly since: number;
}

/**
 * Signs in with an access token. The token is fetched when first needed, in one fetch for all requests in flight,
 * again before it expires, and once if it is refused. A ConfigError is final: the fetch is not tried again.
 * @param known secrets that are known from the start
 * @param fetch called with the scrubbing function; it passes new secrets to `onSecrets` before they can appear in
 *   any output
 */
export function tokenAuth(
  known: readonly string[],
  fetch: (env: HttpEnv, onSecrets: (values: readonly string[]) => void) => Promise<AccessToken>,
): Auth {
  const secrets = [...known];
  const listeners = new Set<NonNullable<HttpEnv['onSecrets']>>();
  let env: HttpEnv | undefined;
  let current: Current | undefined;
  let pending: Promise<Current> | undefined;
  let fatal: unknown;

  const onSecrets = (values: readonly string[]): void => {
    // The newest ones are enough for a client that is created later: nobody uses tokens from hours ago.
    secrets.push(...values);
    if (secrets.length > known.length + 20) secrets.splice(known.length, values.length);
    for (const listener of listeners) listener(values);
  };

  async function fetched(): Promise<Current> {
    if (fatal !== undefined) throw fatal;
    if (!env)
      throw new SystemError('an auth object was used before it was passed to a client', {
        code: 'auth.unbound',
      });
    try {
      current = { ...(await fetch(env, onSecrets)), since: env.clock.now() };
      return current;
    } catch (error) {
      if (isHeadraceError(error) && error.failureType === 'config_error') fatal = error;
      throw error;
    } finally {
      pending = undefined;
    }
  }

  const refresh = (): Promise<Current> => {
    pending ??= fetched();
    return pending;
  };

  const now = (): number => env?.clock.now() ?? 0;
  const headersOf = ({ token }: AccessToken) => ({ authorization: `Bearer ${token}` });

  return {
    secrets,
    bind(given) {
      env ??= given;
      if (given.onSecrets) listeners.add(given.onSecrets);
    },
    async headers() {
      if (!current) return headersOf(await refresh());
      const { lifeMs = Number.POSITIVE_INFINITY, since } = current;
      const left = since + lifeMs - now();
      if (left > Math.min(MARGIN_MS, lifeMs / 2)) return headersOf(current);
      try {
        return headersOf(await refresh());
      } catch (error) {
        // The token is still valid for a while, and the vendor's problem may be over by then.
        if (left > 0 && isHeadraceError(error) && error.failureType === 'transient_error')
          return headersOf(current);
        throw error;
      }
    },
    async renew(refused) {
      if (current && headersOf(current).authorization === refused.authorization) {
        if (now() - current.since < FRESH_MS) return false;
        await refresh();
      }
      return true;
    },
  };
}
