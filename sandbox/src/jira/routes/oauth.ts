import type { Answer } from '../../http/answer.ts';
import type { Call } from '../../http/call.ts';
import { json } from '../answer.ts';
import type { Site } from '../site.ts';

/**
 * `POST /oauth/token` of the vendor's authorization server: exchanges a refresh token for an access token and a new
 * refresh token. The old refresh token becomes invalid.
 */
export function refreshToken({ oauth, clock }: Site, { body }: Call): Answer {
  const asked = Object.fromEntries(new URLSearchParams(body));
  if (asked.client_id !== oauth.clientId || asked.client_secret !== oauth.clientSecret)
    return json({ error: 'access_denied', error_description: 'Unauthorized' }, 401);
  if (asked.grant_type !== 'refresh_token')
    return json(
      { error: 'unsupported_grant_type', error_description: 'refresh_token is what there is' },
      400,
    );
  if (asked.refresh_token !== oauth.refreshToken)
    return json({ error: 'invalid_grant', error_description: 'Unknown or invalid refresh token.' }, 403);
  oauth.given++;
  oauth.refreshToken = `sandbox-refresh-${oauth.given}`;
  const accessToken = `sandbox-access-${oauth.given}`;
  oauth.accessTokens.set(accessToken, clock.now() + oauth.lifeMs);
  return json({
    access_token: accessToken,
    refresh_token: oauth.refreshToken,
    expires_in: Math.floor(oauth.lifeMs / 1000),
    token_type: 'Bearer',
    scope: 'offline_access read:jira-work read:jira-user',
  });
}
