import { defineSource, defineStream, type HttpClient, oauth2Refresh, pagesByToken } from '@headrace/sdk';
import { z } from 'zod';

const secret = () => z.string().min(1).meta({ airbyte_secret: true });

const things = defineStream<HttpClient>()({
  name: 'things',
  description: 'A thing.',
  schema: { properties: { id: { type: 'integer' } } },
  primaryKey: ['id'],
  read: ({ api, select }) =>
    pagesByToken(api, { path: '/things' }, select('things', { next: 'next' }), {
      token: 'next',
      query: 'at',
    }),
});

/** A source whose vendor replaces the refresh token whenever it is used: the SDK's own tests run it. */
export default defineSource({
  name: 'rotating-source',
  vendor: 'rotating',
  config: z.object({
    base_url: z.string(),
    credentials: z.object({ client_id: z.string(), client_secret: secret(), refresh_token: secret() }),
  }),
  origin: ({ base_url }) => new URL(base_url).host,
  open: ({ base_url, credentials }, { http, updateConfig }) =>
    http({
      baseUrl: base_url,
      auth: oauth2Refresh({
        tokenUrl: `${base_url}/token`,
        clientId: credentials.client_id,
        clientSecret: credentials.client_secret,
        refreshToken: credentials.refresh_token,
        updateConfig,
        field: 'credentials.refresh_token',
      }),
    }),
  check: async (api) => {
    await api.json({ path: '/things' });
  },
  streams: [things],
});
