import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answered, Rule } from './proxy.ts';
import { elsewhere, flaky, signOnPage } from './rules.ts';
import { ending, failures, rowsOf, type Through, through } from './through.ts';

/** Every request is answered with this. */
const always =
  (status: number, text: string, headers?: Answered['headers']): Rule =>
  () => ({ status, text, headers });
const LOGIN = '<html><title>Sign in</title></html>';
const SSO = { location: 'https://login.example/sso?ticket=12345678' };

let site: Through;
beforeAll(async () => {
  site = await through({ issues: 120 });
});
afterAll(() => site.close());

/** How many requests a rule's run cost. */
async function counted<T>(run: () => Promise<T>): Promise<[T, number]> {
  const before = site.proxy.asked.length;
  const result = await run();
  return [result, site.proxy.asked.length - before];
}

const statusOf = ({ messages }: Awaited<ReturnType<Through['check']>>) =>
  messages.flatMap((message) => (message.type === 'CONNECTION_STATUS' ? [message.connectionStatus] : []));

describe('check', () => {
  test.each<[string, Rule, string]>([
    [
      'a login page',
      signOnPage(),
      'GET /rest/api/3/myself: the server answered 200 with a web page, “Sign in - Example SSO”',
    ],
    ['a login page with 401', always(401, LOGIN), 'does not accept these credentials: a web page, “Sign in”'],
    [
      'another application’s page',
      always(404, LOGIN),
      'there is no Jira at this address: a web page, “Sign in”',
    ],
    ['a sign-on host', always(302, '', SSO), 'the server redirects to login.example/sso'],
    ['another host', elsewhere, 'the server redirects to acme-new.atlassian.net/rest/api/3/myself'],
    [
      'an error with 200',
      always(200, '{"errorMessages":["Bitte anmelden."],"errors":{}}'),
      'Bitte anmelden.',
    ],
    ['an error of a field with 200', always(200, '{"errorMessages":[],"errors":{"jql":"Was?"}}'), 'Was?'],
    ['a gateway’s error with 200', always(200, '{"code":401,"message":"Unauthorized"}'), 'Unauthorized'],
    ['XML', always(200, '<error><message>No API</message></error>'), 'XML, <error> “No API”'],
  ])('meets %s: FAILED at once, in its words', async (_, rule, message) => {
    const [run, requests] = await counted(() => site.check(rule));
    const [status] = statusOf(run);
    expect(status).toMatchObject({ status: 'FAILED', message: expect.stringContaining(message) });
    expect(status!.message).not.toMatch(/12345678|not valid JSON/);
    expect(requests).toBe(1);
  });

  test('meets a server that fails: FAILED, and not 0, for it may be over soon', async () => {
    const run = await site.check(always(503, ''));
    expect(statusOf(run)).toMatchObject([
      { status: 'FAILED', message: 'GET /rest/api/3/myself: the server answered 503, tried 3 times' },
    ]);
    expect(run.code).toBe(1);
    expect(run.errors).toMatchObject([{ failure_type: 'transient_error' }]);
  });
});

describe('a read', () => {
  const streams = ['issues'];

  test('outlives a short maintenance page, and names one that stays', async () => {
    const search = /search\/jql$/;
    const whole = await site.read(undefined, streams);
    const short = await site.read(signOnPage(1, search, 3), streams);
    expect(ending(short, streams)).toEqual(ending(whole, streams));
    const long = await site.read(signOnPage(1, search), streams);
    expect(ending(long, streams)[0]).toBe('exit 1');
    expect(failures(long).join()).toMatch(
      /POST \/rest\/api\/3\/search\/jql: the server answered 200 with a web page, “Sign in - Example SSO”, not with JSON, tried 4 times/,
    );
    expect(long.errors.map(({ failure_type }) => failure_type)).toContain('transient_error');
  });

  test.each([401, 403])('outlives one stray %d', async (status) => {
    const run = await site.read(flaky(status, { nth: 2 }), streams);
    expect(ending(run, streams)).toEqual(ending(await site.read(undefined, streams), streams));
    expect(rowsOf(run, 'issues').length).toBeGreaterThan(0);
  });
});
