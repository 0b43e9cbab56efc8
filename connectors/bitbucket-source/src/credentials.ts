import { z } from 'zod';

const text = (title: string, description: string, order: number) =>
  z.string().min(1).meta({ title, description, order });

const secret = (title: string, description: string, order: number) =>
  z.string().min(1).meta({ title, description, airbyte_secret: true, order });

const apiToken = z
  .object({
    auth_type: z.literal('api_token'),
    email: text('E-mail', 'the e-mail address of the Atlassian account, not its user name', 1),
    api_token: secret(
      'API token',
      'create one with scopes for Bitbucket at id.atlassian.com › Security › API tokens',
      2,
    ),
  })
  .meta({ title: 'API token', description: 'a token with scopes, of a person or a service account' });

const accessToken = z
  .object({
    auth_type: z.literal('access_token'),
    access_token: secret(
      'Access token',
      'create one at Workspace (or project, or repository) settings › Access tokens',
      1,
    ),
  })
  .meta({
    title: 'Access token',
    description: 'a token of a workspace, project or repository; a workspace’s has the highest rate limit',
  });

const oauth2 = z
  .object({
    auth_type: z.literal('oauth2'),
    client_id: text('Key', 'of your private OAuth consumer: Workspace settings › OAuth consumers', 1),
    client_secret: secret('Secret', 'shown next to the key', 2),
  })
  .meta({ title: 'OAuth 2.0', description: 'client credentials of a private OAuth consumer' });

/** The ways to sign in. App passwords no longer exist. */
export const credentials = z.discriminatedUnion('auth_type', [apiToken, accessToken, oauth2]);

export type Credentials = z.infer<typeof credentials>;
