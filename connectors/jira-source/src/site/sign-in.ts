import {
  type Answer,
  type Auth,
  anonymous,
  basic,
  bearer,
  ConfigError,
  type OpenContext,
  oauth2Refresh,
  type Verdict,
  webPageOf,
} from '@headrace/sdk';
import type { Config } from '../config.ts';

/** Where to send requests, and how to authenticate them. */
export interface SignIn {
  readonly baseUrl: string;
  readonly auth: Auth;
}

/**
 * Called once, before any request. Scoped tokens and OAuth tokens are accepted only at the gateway
 * (docs/vendors/jira-cloud.md, Authentication), under the site's cloud id. If the configuration does not contain the
 * cloud id, it is requested from the site.
 * @throws ConfigError (`jira.no_cloud_id`) if there is no Atlassian site at the address
 */
export async function signIn(config: Config, context: OpenContext): Promise<SignIn> {
  const { base_url: site, credentials } = config;
  switch (credentials.auth_type) {
    case 'api_token':
      return { baseUrl: site, auth: basic(credentials.email, credentials.api_token) };
    case 'personal_access_token':
      return { baseUrl: site, auth: bearer(credentials.token) };
    case 'scoped_token': {
      const baseUrl = await gatewayOf(config, credentials.cloud_id, context);
      return { baseUrl, auth: basic(credentials.email, credentials.api_token) };
    }
    case 'oauth2': {
      const baseUrl = await gatewayOf(config, credentials.cloud_id, context);
      const auth = oauth2Refresh({
        tokenUrl: `${withoutSlash(config.auth_url)}/oauth/token`,
        clientId: credentials.client_id,
        clientSecret: credentials.client_secret,
        refreshToken: credentials.refresh_token,
        updateConfig: context.updateConfig,
        field: 'credentials.refresh_token',
        hint: 'authorize the app again (scope offline_access) and put the new refresh token into the configuration',
      });
      return { baseUrl, auth };
    }
  }
}

async function gatewayOf(config: Config, cloudId: string | undefined, context: OpenContext): Promise<string> {
  const id = cloudId ?? (await askedCloudId(config.base_url, context));
  return `${withoutSlash(config.gateway_url)}/ex/jira/${encodeURIComponent(id)}`;
}

/** A site returns its cloud id without authentication, so no credentials are sent. */
async function askedCloudId(site: string, { http: createHttp }: OpenContext): Promise<string> {
  const http = createHttp({ baseUrl: site, auth: anonymous, classify: noSite });
  const { cloudId } = ((await http.json({ path: '/_edge/tenant_info' })) ?? {}) as { cloudId?: unknown };
  if (typeof cloudId !== 'string' || cloudId === '') throw noCloudId(site);
  return cloudId;
}

/** An Atlassian site returns JSON to everybody. Anything else means that there is no site at the address. */
function noSite({ status, headers, request, bytes }: Answer): Verdict | undefined {
  const isTrouble = status >= 500 || [408, 425, 429].includes(status);
  const isJson = status < 300 && String(headers['content-type']).startsWith('application/json');
  const isElsewhere = status >= 300 && status < 400;
  if (isTrouble || isJson || isElsewhere) return undefined;
  const page = webPageOf(bytes);
  return { kind: 'fatal', error: noCloudId(page === undefined ? request : `${request} returns ${page}`) };
}

function noCloudId(where: string): ConfigError {
  return new ConfigError(`the site does not return its cloud id (${where})`, {
    code: 'jira.no_cloud_id',
    place: 'config.base_url',
    hint: 'base_url must be your Jira Cloud site, for example https://acme.atlassian.net; or set credentials.cloud_id',
  });
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, '');
