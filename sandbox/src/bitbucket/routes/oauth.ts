import type { Answer } from '../../http/answer.ts';
import { isBasic } from '../../http/auth.ts';
import type { Call } from '../../http/call.ts';
import { json } from '../answer.ts';
import { grantedScopes } from '../credentials.ts';
import type { Site } from '../site.ts';

/** `POST /site/oauth2/access_token`: client credentials, as Basic or in the form, for an access token. */
export function accessToken({ credentials, clock }: Site, { headers, body }: Call): Answer {
  const { clientId, clientSecret, accessTokens, lifeMs } = credentials;
  const form = new URLSearchParams(body);
  const isClient =
    isBasic(headers.authorization, clientId, clientSecret) ||
    (form.get('client_id') === clientId && form.get('client_secret') === clientSecret);
  if (!isClient)
    return json({ error_description: 'Invalid OAuth client credentials', error: 'unauthorized_client' }, 400);
  if (form.get('grant_type') !== 'client_credentials')
    return json({ error_description: 'Unsupported grant type', error: 'unsupported_grant_type' }, 400);
  const token = `sandbox-access-${++credentials.given}`;
  accessTokens.set(token, clock.now() + lifeMs);
  return json({
    scopes: grantedScopes(credentials, 'oauth').join(' '),
    access_token: token,
    expires_in: Math.floor(lifeMs / 1000),
    token_type: 'bearer',
    state: 'client_credentials',
  });
}
