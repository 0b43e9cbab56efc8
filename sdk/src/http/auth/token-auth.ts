import { isHeadraceError, SystemError } from '../../errors.ts';
import type { HttpEnv } from '../client.ts';
import type { Auth } from './auth.ts';

/** An access token, and for how long it is good where the vendor says so. */
export interface AccessToken {
  readonly token: string;
  readonly lifeMs: number | undefined;
}

/** Renewed so long before it ends, or at half of a short life. */
const MARGIN_MS = 60_000;
/** A token as young as this that is refused was not refused for its age. */
const FRESH_MS = 30_000;

interface Current extends AccessToken {
  readonly since: number;
}

/**
 * Signs in with an access token that is fetched when it is needed: one fetch at a time for all requests under
 * way, again before it ends, and once where it is refused. What cannot work (a ConfigError) is not tried twice.
 * @param known secrets that are known from the beginning
 * @param fetch called with what to scrub; it tells new secrets to `onSecrets` before anything else can say them
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
    // The newest ones are enough for a client that is made later: tokens of hours ago are in nobody's hands.
    secrets.push(...values);
    if (secrets.length > known.length + 20) secrets.splice(known.length, values.length);
    for (const listener of listeners) listener(values);
  };

  async function fetched(): Promise<Current> {
    if (fatal !== undefined) throw fatal;
    if (!env)
      throw new SystemError('an authentication is used before it was given to a client', {
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
        // It is good for a while yet, and the vendor's trouble may be over by then.
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
