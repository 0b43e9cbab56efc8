import { type Auth, basic, bearer, oauth2ClientCredentials } from '@headrace/sdk';
import type { Config } from '../config.ts';

/** How requests are authenticated (docs/vendors/bitbucket-cloud.md, Authentication). */
export function signIn({ credentials, auth_url }: Config): Auth {
  switch (credentials.auth_type) {
    case 'api_token':
      return basic(credentials.email, credentials.api_token);
    case 'access_token':
      return bearer(credentials.access_token);
    case 'oauth2':
      return oauth2ClientCredentials({
        tokenUrl: `${auth_url.replace(/\/+$/, '')}/site/oauth2/access_token`,
        clientId: credentials.client_id,
        clientSecret: credentials.client_secret,
        hint: 'check credentials.client_id and credentials.client_secret, and that the consumer is private',
      });
  }
}
