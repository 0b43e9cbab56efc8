import { ConfigError, DataError } from '../../errors.ts';
import { isObject } from '../../protocol/is-object.ts';
import type { Answer, Verdict } from '../classify.ts';
import { createHttp, type HttpEnv } from '../client.ts';
import { jsonOf } from '../read-answer.ts';
import { anonymous, basic } from './auth.ts';
import type { AccessToken } from './token-auth.ts';

/** A client of an OAuth 2 token endpoint. */
export interface ClientOptions {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /**
   * How the client authenticates: members of the form (`body`, the default) or HTTP Basic (`header`), RFC 6749
   * §2.3.1.
   */
  readonly clientAuth?: 'body' | 'header';
  /** Additional members of the form that the vendor needs, e.g. `{ audience: '…' }`. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** The hint for an expired or revoked grant: where a person gets a new one. */
  readonly hint?: string;
}

/**
 * Sends a request to a token endpoint, with the usual retries. Errors quote only the error's name from the
 * response, because the request contains secrets.
 * @param place the config option that an error about the grant names: `config.credentials.refresh_token`
 */
export async function requestToken(
  options: ClientOptions,
  grant: Readonly<Record<string, string>>,
  env: HttpEnv,
  onSecrets: (values: readonly string[]) => void,
  place: string | undefined,
): Promise<AccessToken & { readonly refreshToken: string | undefined }> {
  const { tokenUrl, clientId, clientSecret, clientAuth = 'body', parameters } = options;
  const inHeader = clientAuth === 'header';
  const http = createHttp(
    {
      baseUrl: new URL(tokenUrl).origin,
      auth: inHeader ? basic(encodeURIComponent(clientId), encodeURIComponent(clientSecret)) : anonymous,
      classify: (answer) => understood(answer, options, place),
      quotes: false,
    },
    { ...env, onSecrets },
  );
  const form = {
    ...grant,
    ...parameters,
    ...(inHeader ? {} : { client_id: clientId, client_secret: clientSecret }),
  };
  try {
    return await http.ask({ method: 'POST', path: tokenUrl, form }, (answer) => {
      const body = jsonOf(answer);
      const said = isObject(body) ? body : {};
      const { access_token: token, refresh_token: refresh, expires_in: seconds } = said;
      const refreshToken = typeof refresh === 'string' && refresh !== '' ? refresh : undefined;
      if (typeof token !== 'string' || token === '')
        throw new DataError('the token endpoint answered without an access token', {
          code: 'auth.no_token',
          place: answer.request,
        });
      // Register the tokens before they can appear in any output (invariant 6).
      onSecrets(refreshToken === undefined ? [token] : [token, refreshToken]);
      const life = Number(seconds);
      return { token, refreshToken, lifeMs: life > 0 && Number.isFinite(life) ? life * 1000 : undefined };
    });
  } finally {
    await http.close();
  }
}

/** Handles RFC 6749 §5.2, and vendors that return errors with status 200. */
function understood(answer: Answer, { hint }: ClientOptions, place: string | undefined): Verdict | undefined {
  const { status, request } = answer;
  const { code, isOfGrant } = errorOf(answer);
  if (code === 'temporarily_unavailable' || code === 'server_error' || code === 'slow_down')
    return { kind: 'retry', why: `the token endpoint said ${code}` };
  const isError = code !== undefined || (status >= 400 && status < 500);
  if (!isError || status === 408 || status === 425 || status === 429 || status >= 500) return undefined;
  if (isOfGrant)
    return fatal('the authorization is no longer good: it has ended, was revoked, or its token was used up', {
      code: 'auth.invalid_grant',
      place: place ?? request,
      hint: hint ?? 'sign in again and put the new refresh token into the configuration',
    });
  if (
    status === 401 ||
    (code !== undefined && /^(invalid_client|unauthorized_client|incorrect_client)/.test(code))
  )
    return fatal('the client is not accepted', {
      code: 'auth.invalid_client',
      place: request,
      hint: 'check the client id and the client secret',
    });
  return fatal(`the token endpoint refused: ${code ?? status}`, {
    code: 'auth.refused',
    place: request,
    hint: 'check the client id, the client secret and what the client may do',
  });
}

function fatal(message: string, details: ConstructorParameters<typeof ConfigError>[1]): Verdict {
  return { kind: 'fatal', error: new ConfigError(message, details) };
}

interface Said {
  /** The error's name: a short word, or undefined if it must not be repeated. */
  readonly code: string | undefined;
  /** Whether the grant is no longer valid. Some vendors report that under the name of the client's error. */
  readonly isOfGrant: boolean;
}

function errorOf({ bytes }: Answer): Said {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    // Not an OAuth error: a response without JSON is judged by its status.
    return { code: undefined, isOfGrant: false };
  }
  const { error, error_description: text } = isObject(value) ? value : {};
  if (typeof error !== 'string' || !/^[a-z_]{1,40}$/.test(error))
    return { code: undefined, isOfGrant: false };
  const isOfGrant =
    /^(invalid_grant|bad_refresh_token)$/.test(error) ||
    (error === 'unauthorized_client' && /refresh.?token/i.test(String(text)));
  return { code: error, isOfGrant };
}
