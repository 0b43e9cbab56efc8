import type { Auth } from './auth.ts';
import { tokenAuth } from './token-auth.ts';
import { type ClientOptions, requestToken } from './token-endpoint.ts';

/** Stores config values that the vendor has replaced. `OpenContext.updateConfig` is one. */
export interface UpdateConfig {
  /** Resolves when the values are stored safely. */
  (values: Readonly<Record<string, string>>): Promise<void>;
  /**
   * Called before anything that would replace the value at this config path.
   * @throws ConfigError (`config.would_rotate`) if the new value could not be stored
   */
  readonly required?: (path: string) => Promise<void>;
}

/** Where a rotated refresh token is stored: at a path of the config, or wherever the caller puts it. */
type Rotation =
  | { readonly updateConfig: UpdateConfig; readonly field: string; readonly onRotated?: undefined }
  | {
      /** Called with the new refresh token. The new access token is used only after this has resolved. */
      readonly onRotated: (refreshToken: string) => Promise<void>;
      readonly updateConfig?: undefined;
      readonly field?: undefined;
    };

/** The client, its refresh token, and where to store a new one: `updateConfig` with `field`, or `onRotated`. */
export type OAuth2RefreshOptions = ClientOptions &
  Rotation & {
    readonly refreshToken: string;
  };

/**
 * OAuth 2 with a refresh token (RFC 6749 §6):
 * `oauth2Refresh({ tokenUrl, clientId, clientSecret, refreshToken, updateConfig, field: 'credentials.refresh_token' })`.
 * Access tokens are fetched when needed, before they expire, and once if one is refused. If the vendor replaces
 * the refresh token, the new one is stored before the new access token is used. If it could not be stored, no
 * token is requested. Requests then throw ConfigError for `config.would_rotate`, `auth.invalid_grant`,
 * `auth.invalid_client` and `auth.refused`, and TransientError if the token endpoint fails.
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

/** The client, and the scopes it requests. */
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
