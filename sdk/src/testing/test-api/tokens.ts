import { Buffer } from 'node:buffer';
import type { TestOAuth } from './options.ts';
import type { Answer } from './routes.ts';

/** The token endpoint: RFC 6749, grants `refresh_token` and `client_credentials`. */
export class TestTokens {
  readonly #client: Required<TestOAuth>;
  readonly #access = new Map<string, number>();
  #issued = 0;
  refreshToken: string;

  constructor(client: Required<TestOAuth>) {
    this.#client = client;
    this.refreshToken = client.refreshToken;
  }

  /** @param now ms since 1970 */
  accepts(token: string, now: number): boolean {
    return (this.#access.get(token) ?? 0) > now;
  }

  /** Revokes all access tokens: the next request with one gets a 401. */
  revoke(): void {
    this.#access.clear();
  }

  /** @param authorization the request's header; the client may authenticate there or in the form */
  answer(body: string, authorization: string | undefined, now: number): Answer {
    const { clientId, clientSecret, rotates, expiresIn } = this.#client;
    const form = new URLSearchParams(body);
    const basic = Buffer.from(authorization?.replace(/^Basic /, '') ?? '', 'base64').toString();
    const inForm = `${form.get('client_id')}:${form.get('client_secret')}`;
    if (basic !== `${clientId}:${clientSecret}` && inForm !== `${clientId}:${clientSecret}`)
      return said(401, { error: 'invalid_client' });
    const grant = form.get('grant_type');
    if (grant !== 'refresh_token' && grant !== 'client_credentials')
      return said(400, { error: 'unsupported_grant_type' });
    if (grant === 'refresh_token' && form.get('refresh_token') !== this.refreshToken)
      return said(400, { error: 'invalid_grant', error_description: 'the refresh token was used before' });
    const access = `access-token-${String(++this.#issued).padStart(10, '0')}`;
    this.#access.set(access, now + 1000 * expiresIn);
    if (grant === 'refresh_token' && rotates)
      this.refreshToken = `refresh-token-${String(this.#issued).padStart(10, '0')}`;
    return said(200, {
      access_token: access,
      token_type: 'Bearer',
      expires_in: expiresIn,
      ...(grant === 'refresh_token' && rotates ? { refresh_token: this.refreshToken } : {}),
    });
  }
}

function said(status: number, value: object): Answer {
  return { status, body: Buffer.from(JSON.stringify(value)) };
}
