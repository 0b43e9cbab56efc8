import { z } from 'zod';

const text = (title: string, description: string, order: number) =>
  z.string().min(1).meta({ title, description, order });

const secret = (title: string, description: string, order: number) =>
  z.string().min(1).meta({ title, description, airbyte_secret: true, order });

const email = text('E-mail', 'the e-mail address of the Atlassian account', 1);

const cloudId = text(
  'Cloud id',
  'the id of your site; if empty, it is requested from the site. You can see it at {site}/_edge/tenant_info',
  4,
).optional();

const apiToken = z
  .object({
    auth_type: z.literal('api_token'),
    email,
    api_token: secret('API token', 'create one at id.atlassian.com › Security › API tokens', 2),
  })
  .meta({ title: 'API token', description: 'a token with all permissions of its account' });

const scopedToken = z
  .object({
    auth_type: z.literal('scoped_token'),
    email,
    api_token: secret(
      'API token',
      'create one with scopes at id.atlassian.com › Security › API tokens, or for a service account at admin.atlassian.com',
      2,
    ),
    cloud_id: cloudId,
  })
  .meta({
    title: 'API token with scopes',
    description: 'a token limited to its scopes; also for service accounts',
  });

const oauth2 = z
  .object({
    auth_type: z.literal('oauth2'),
    client_id: text('Client id', 'of your OAuth 2.0 app: developer.atlassian.com › Console › Settings', 1),
    client_secret: secret('Client secret', 'shown next to the client id', 2),
    refresh_token: secret(
      'Refresh token',
      'returned by the first authorization if the scopes include offline_access; replaced at each use',
      3,
    ),
    cloud_id: cloudId,
  })
  .meta({ title: 'OAuth 2.0', description: 'an app that a user has authorized (3LO)' });

const personalAccessToken = z
  .object({
    auth_type: z.literal('personal_access_token'),
    token: secret('Personal access token', 'create one in Jira: Profile › Personal access tokens', 1),
  })
  .meta({ title: 'Personal access token', description: 'Jira Data Center' });

/** The ways to sign in. The first three are for Jira Cloud, the last one is for Data Center. */
export const credentials = z.discriminatedUnion('auth_type', [
  apiToken,
  scopedToken,
  oauth2,
  personalAccessToken,
]);

export type Credentials = z.infer<typeof credentials>;
