import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError, type HeadraceError } from '../../errors.ts';
import { createHttp, type HttpClient } from '../client.ts';
import { type Auth, apiKey } from './auth.ts';
import { oauth2ClientCredentials, oauth2Refresh } from './oauth2.ts';

const servers: Server[] = [];
const clients: HttpClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

interface TokenRequest {
  form: Record<string, string>;
  headers: IncomingHttpHeaders;
}
type TokenAnswer = { status?: number; body: unknown };

/**
 * A vendor with a token endpoint. `token(n)` answers its n-th token request, and `/data` accepts only the tokens
 * in `good`.
 */
async function vendor(
  token: (n: number, request: TokenRequest) => TokenAnswer | 'reset',
  good?: Set<string>,
) {
  const log: string[] = [];
  const secrets: string[] = [];
  const requests: TokenRequest[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    request.on('end', () => {
      if (request.url === '/token?tenant=1') {
        const sent = { form: Object.fromEntries(new URLSearchParams(text)), headers: request.headers };
        requests.push(sent);
        log.push(`token ${requests.length}`);
        const answer = token(requests.length, sent);
        if (answer === 'reset') return void request.socket.destroy();
        // Slow, so that a request that is not held back would overtake it.
        setTimeout(() => {
          response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
          response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
        }, 20);
        return;
      }
      const used = request.headers.authorization ?? '';
      log.push(`data ${used}`);
      response.writeHead(!good || good.has(used.replace('Bearer ', '')) ? 200 : 401).end('{"ok":true}');
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let now = 1_800_000_000_000;
  const env = {
    clock: {
      now: () => now,
      sleep: async (ms: number) => {
        now += ms;
      },
    },
    random: () => 0,
    log: { debug() {}, info: (text: string) => void log.push(text), warn() {}, error() {} },
    signal: new AbortController().signal,
    backoff: { firstMs: 1, maxMs: 1, tries: 3 },
    onSecrets: (values: readonly string[]) => void secrets.push(...values),
  };
  const client = (auth: Auth) => {
    const http = createHttp({ baseUrl: url, auth }, env);
    clients.push(http);
    return { get: () => http.json({ path: '/data' }) };
  };
  const oauth = {
    tokenUrl: `${url}/token?tenant=1`,
    clientId: 'client-one',
    clientSecret: 'client-secret-value',
  };
  const pass = (ms: number) => {
    now += ms;
  };
  return { client, oauth, log, requests, secrets, pass };
}

const access = (n: number, more = {}) => ({
  body: { access_token: `access-token-${n}`, token_type: 'bearer', expires_in: 3600, ...more },
});
const thrown = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error as HeadraceError,
  );

describe('an API key', () => {
  it('goes in the vendor’s header', async () => {
    expect(apiKey('X-Api-Key', 'secret-key').headers()).toEqual({ 'x-api-key': 'secret-key' });
    expect(apiKey('X-Api-Key', 'secret-key').secrets).toEqual(['secret-key']);
  });
});

describe('OAuth 2 client credentials', () => {
  it('fetches one token for all requests under way', async () => {
    const { client, oauth, requests, secrets } = await vendor((n) => access(n), new Set(['access-token-1']));
    const { get } = client(
      oauth2ClientCredentials({ ...oauth, scopes: ['read', 'list'], parameters: { audience: 'a' } }),
    );
    await Promise.all(Array.from({ length: 8 }, get));
    expect(requests).toHaveLength(1);
    expect(requests[0]!.form).toEqual({
      grant_type: 'client_credentials',
      scope: 'read list',
      audience: 'a',
      client_id: 'client-one',
      client_secret: 'client-secret-value',
    });
    expect(requests[0]!.headers.authorization).toBeUndefined();
    expect(secrets).toContain('client-secret-value');
    expect(secrets).toContain('access-token-1');
  });

  it('says who it is in a header where it should', async () => {
    const { client, oauth, requests } = await vendor((n) => access(n));
    await client(oauth2ClientCredentials({ ...oauth, clientSecret: 'sécret:1', clientAuth: 'header' })).get();
    const pair = Buffer.from('client-one:s%C3%A9cret%3A1').toString('base64');
    expect(requests[0]).toMatchObject({
      form: { grant_type: 'client_credentials' },
      headers: { authorization: `Basic ${pair}` },
    });
    expect(requests[0]!.form.client_secret).toBeUndefined();
  });

  it.each([
    ['a minute before it ends', 3600, 3_541_000, 2],
    ['not much earlier', 3600, 3_500_000, 1],
    ['at half of a short life', 20, 11_000, 2],
    ['never where no end is told', undefined, 86_400_000, 1],
  ])('fetches anew %s', async (_, seconds, ms, fetches) => {
    const { client, oauth, requests, pass } = await vendor((n) => access(n, { expires_in: seconds }));
    const { get } = client(oauth2ClientCredentials(oauth));
    await get();
    pass(ms);
    await Promise.all([get(), get()]);
    expect(requests).toHaveLength(fetches);
  });

  it('goes on with a token that is good for a moment yet where the endpoint fails', async () => {
    const { client, oauth, log, pass } = await vendor((n) =>
      n === 1 ? access(1) : { status: 503, body: '' },
    );
    const { get } = client(oauth2ClientCredentials(oauth));
    await get();
    pass(3_550_000);
    await get();
    expect(log.at(-1)).toBe('data Bearer access-token-1');
    pass(60_000);
    await expect(get()).rejects.toMatchObject({ failureType: 'transient_error' });
  });

  it('fetches anew once where an old token is refused, for all requests at once', async () => {
    const good = new Set(['access-token-1']);
    const { client, oauth, requests, pass } = await vendor((n) => access(n), good);
    const { get } = client(oauth2ClientCredentials(oauth));
    await get();
    pass(120_000);
    good.clear();
    good.add('access-token-2');
    await Promise.all(Array.from({ length: 8 }, get));
    expect(requests).toHaveLength(2);
  });

  it('takes a 401 for a fresh token as final', async () => {
    const { client, oauth, requests } = await vendor((n) => access(n), new Set());
    const { get } = client(oauth2ClientCredentials(oauth));
    await expect(get()).rejects.toMatchObject({ code: 'http.401', failureType: 'config_error' });
    expect(requests).toHaveLength(1);
  });

  it('asks again where the endpoint fails or hangs up', async () => {
    const { client, oauth, requests } = await vendor((n) =>
      n === 1 ? { status: 502, body: '<html>' } : n === 2 ? 'reset' : access(n),
    );
    await client(oauth2ClientCredentials(oauth)).get();
    expect(requests).toHaveLength(3);
  });

  it.each<[string, TokenAnswer, string, string]>([
    [
      'invalid_client',
      { status: 401, body: { error: 'invalid_client' } },
      'auth.invalid_client',
      'config_error',
    ],
    ['401 without JSON', { status: 401, body: 'no' }, 'auth.invalid_client', 'config_error'],
    ['invalid_scope', { status: 400, body: { error: 'invalid_scope' } }, 'auth.refused', 'config_error'],
    ['404', { status: 404, body: 'client-secret-value is unknown' }, 'auth.refused', 'config_error'],
    ['no token', { body: { token_type: 'bearer' } }, 'auth.no_token', 'system_error'],
    ['500', { status: 500, body: 'client-secret-value' }, 'http.failed', 'transient_error'],
    ['broken JSON', { body: '{"access_token":"client-secr' }, 'http.failed', 'transient_error'],
  ])('%s', async (_, answer, code, failureType) => {
    const { client, oauth } = await vendor(() => answer);
    const error = await thrown(client(oauth2ClientCredentials(oauth)).get());
    expect(error).toMatchObject({ code, failureType });
    expect(`${error!.message} ${error!.hint} ${error!.place} ${error!.stack}`).not.toContain(
      'client-secret-value',
    );
  });
});

describe('OAuth 2 with a refresh token', () => {
  it('keeps a rotated token before it uses the access token that came with it', async () => {
    const { client, oauth, log, requests, secrets, pass } = await vendor((n) =>
      access(n, { refresh_token: `refresh-token-${n}` }),
    );
    const auth = oauth2Refresh({
      ...oauth,
      refreshToken: 'refresh-token-0',
      onRotated: async (token) => {
        expect(secrets).toContain(token);
        await new Promise((resolve) => setTimeout(resolve, 30));
        log.push(`kept ${token}`);
      },
    });
    const { get } = client(auth);
    await Promise.all([get(), get()]);
    pass(3_600_000);
    await get();
    expect(log).toEqual([
      'token 1',
      'kept refresh-token-1',
      'data Bearer access-token-1',
      'data Bearer access-token-1',
      'token 2',
      'kept refresh-token-2',
      'data Bearer access-token-2',
    ]);
    expect(requests.map(({ form }) => form.refresh_token)).toEqual(['refresh-token-0', 'refresh-token-1']);
  });

  it('uses no access token whose refresh token could not be kept', async () => {
    const { client, oauth, log } = await vendor((n) => access(n, { refresh_token: `refresh-token-${n}` }));
    const auth = oauth2Refresh({
      ...oauth,
      refreshToken: 'refresh-token-0',
      onRotated: async () => {
        throw new Error('disk full');
      },
    });
    await expect(client(auth).get()).rejects.toThrow('disk full');
    expect(log).toEqual(['token 1']);
  });

  it('keeps nothing where nothing rotates', async () => {
    const { client, oauth } = await vendor((n) =>
      access(n, n === 1 ? {} : { refresh_token: 'refresh-token-0' }),
    );
    const kept: string[] = [];
    const onRotated = async (token: string) => void kept.push(token);
    await client(oauth2Refresh({ ...oauth, refreshToken: 'refresh-token-0', onRotated })).get();
    expect(kept).toEqual([]);
  });

  it('asks nothing where a rotated token could not be kept', async () => {
    const { client, oauth, log } = await vendor((n) => access(n));
    const updateConfig = Object.assign(async () => {}, {
      required: async (field: string) => {
        throw new ConfigError('would rotate', { code: 'config.would_rotate', place: field });
      },
    });
    const field = 'credentials.refresh_token';
    const auth = oauth2Refresh({ ...oauth, refreshToken: 'refresh-token-0', updateConfig, field });
    const { get } = client(auth);
    await expect(get()).rejects.toMatchObject({ code: 'config.would_rotate', place: field });
    await expect(get()).rejects.toMatchObject({ code: 'config.would_rotate' });
    expect(log).toEqual([]);
  });

  it.each([
    [400, 'invalid_grant', 'refresh-token-0 is used up'],
    [401, 'invalid_grant', 'refresh-token-0 is used up'],
    [200, 'invalid_grant', 'refresh-token-0 is used up'],
    [403, 'unauthorized_client', 'refresh_token is invalid'],
  ])(
    'a grant that is no longer good (status %d, %s) is the user’s to mend, and asked once',
    async (status, name, error_description) => {
      const { client, oauth, requests } = await vendor(() => ({
        status,
        body: { error: name, error_description },
      }));
      const kept: object[] = [];
      const { get } = client(
        oauth2Refresh({
          ...oauth,
          refreshToken: 'refresh-token-0',
          field: 'credentials.refresh_token',
          updateConfig: async (values) => void kept.push(values),
        }),
      );
      const error = await thrown(get());
      expect(error).toMatchObject({ code: 'auth.invalid_grant', place: 'config.credentials.refresh_token' });
      expect(error).toBeInstanceOf(ConfigError);
      expect(`${error!.message}${error!.hint}`).not.toContain('refresh-token-0');
      await expect(get()).rejects.toBe(error);
      expect(requests).toHaveLength(1);
    },
  );
});
