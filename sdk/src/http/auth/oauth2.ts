import type { Auth } from './auth.ts';
import { tokenAuth } from './token-auth.ts';
import { type ClientOptions, requestToken } from './token-endpoint.ts';

/** How values of the config are kept that the vendor replaced; `OpenContext.updateConfig` is one. */
export interface UpdateConfig {
  /** Resolves when the values are safe. */
  (values: Readonly<Record<string, string>>): Promise<void>;
  /**
   * Called before anything is done that would replace the value at this path of the config.
   * @throws ConfigError (`config.would_rotate`) where it could not be kept
   */
  readonly required?: (path: string) => Promise<void>;
}

/** Where a rotated refresh token goes: the config by its path, or a place of the caller's own. */
type Rotation =
  | { readonly updateConfig: UpdateConfig; readonly field: string; readonly onRotated?: undefined }
  | {
      /** Called with the new refresh token; the new access token is used only after it has resolved. */
      readonly onRotated: (refreshToken: string) => Promise<void>;
      readonly updateConfig?: undefined;
      readonly field?: undefined;
    };

/** The client, its refresh token, and where a new one goes: `updateConfig` with `field`, or `onRotated`. */
export type OAuth2RefreshOptions = ClientOptions &
  Rotation & {
    readonly refreshToken: string;
  };

/**
 * OAuth 2 with a refresh token (RFC 6749 §6):
 * `oauth2Refresh({ tokenUrl, clientId, clientSecret, refreshToken, updateConfig, field: 'credentials.refresh_token' })`.
 * Access tokens are fetched when needed, before they end, and once where one is refused. A refresh token that
 * the vendor replaces is kept before the new access token is used; where it could not be, nothing is asked.
 * Requests then throw: ConfigError for `config.would_rotate`, `auth.invalid_grant`, `auth.invalid_client`,
 * `auth.refused`; TransientError where the token endpoint fails.
 */
export function oauth2Refresh(options: OAuth2RefreshOptions): Auth {
  const { updateConfig, field, onRotated } = options;
  let { refreshToken } = options;
  let isAllowed = false;
  const keep = async (token: string): Promise<void> => {
    if (updateConfig) await updateConfig({ [field]: token });
    else await onRotated(token);
  };
  return tokenAuth([options.clientSecret, refreshToken], async (env, onSecrets) => {
    if (!isAllowed && updateConfig) await updateConfig.required?.(field);
    isAllowed = true;
    const grant = { grant_type: 'refresh_token', refresh_token: refreshToken };
    const answer = await requestToken(options, grant, env, onSecrets, field && `config.${field}`);
    if (answer.refreshToken !== undefined && answer.refreshToken !== refreshToken) {
      refreshToken = answer.refreshToken;
      await keep(refreshToken);
    }
    return answer;
  });
}

/** The client, and what it asks to be allowed. */
export interface OAuth2ClientOptions extends ClientOptions {
  readonly scopes?: readonly string[];
}

/** OAuth 2 client credentials (RFC 6749 §4.4). Tokens and errors as with `oauth2Refresh`; nothing rotates. */
export function oauth2ClientCredentials(options: OAuth2ClientOptions): Auth {
  const { scopes = [] } = options;
  return tokenAuth([options.clientSecret], (env, onSecrets) =>
    requestToken(
      options,
      { grant_type: 'client_credentials', ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}) },
      env,
      onSecrets,
      undefined,
    ),
  );
}
