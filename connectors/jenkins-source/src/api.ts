import { anonymous, basic, type HttpClient, type OpenContext } from '@headrace/sdk';
import { classifier } from './answers/classify.ts';
import type { Config } from './config.ts';

/** What the streams use of Jenkins's remote API. */
export interface JenkinsApi {
  readonly config: Config;
  readonly http: HttpClient;
  /** @throws HeadraceError if Jenkins rejects the credentials, or something else answers */
  whoAmI(): Promise<void>;
}

/** Called once, before any request. */
export function jenkinsApi(config: Config, { http: createHttp }: OpenContext): JenkinsApi {
  const { base_url: baseUrl, credentials } = config;
  const http = createHttp({
    baseUrl,
    // Sent with every request: Jenkins never asks for credentials.
    auth: credentials.auth_type === 'none' ? anonymous : basic(credentials.username, credentials.api_token),
    classify: classifier(config),
    // Otherwise texts and the name of the built-in node are in the server's own language.
    headers: { 'accept-language': 'en' },
  });
  return {
    config,
    http,
    whoAmI: async () => {
      await http.json({ path: '/api/json', query: { tree: 'mode' } });
    },
  };
}
