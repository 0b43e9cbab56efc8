import { Buffer } from 'node:buffer';
import type { Answer } from '@headrace/sdk';
import { describe, expect, it } from 'vitest';
import { classifier, errorsIn } from './classify.ts';
import { scopes } from './scopes.ts';
import { wordsIn } from './words.ts';

const answer = (status: number, body: unknown, headers: Answer['headers'] = {}, path = '/2.0/x'): Answer => ({
  status,
  headers,
  bytes: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  request: `GET ${path}`,
});
const error = (message: string, more: object = {}) => ({ type: 'error', error: { message, ...more } });
const classify = classifier('api_token');
const codeOf = (...args: Parameters<typeof answer>): string | undefined => {
  const verdict = classify(answer(...args), 0);
  return verdict?.kind === 'fatal' ? verdict.error.code : verdict?.kind;
};

describe('what an answer of Bitbucket means', () => {
  it.each([
    [
      'wrong credentials',
      401,
      error('Token is invalid, expired, or not supported for this endpoint.'),
      'bitbucket.unauthorized',
    ],
    ['wrong credentials, as a web page', 401, '<html><title>Log in</title></html>', 'bitbucket.unauthorized'],
    [
      'a missing scope',
      403,
      error('no', { detail: { required: ['pipeline'], granted: ['account'] } }),
      'bitbucket.scope_missing',
    ],
    [
      'no access',
      403,
      error('Access denied.', { detail: 'You must have read access.' }),
      'bitbucket.forbidden',
    ],
    ['nothing there', 404, error('Resource not found'), 'http.404'],
    [
      'a removed path',
      410,
      error('gone', { data: { announcement_url: 'https://vendor.example/2770' } }),
      'bitbucket.path_removed',
    ],
    [
      'a removed path, as a 404',
      404,
      error('gone', { data: { announcement_url: 'https://vendor.example/2770' } }),
      'bitbucket.path_removed',
    ],
    ['a diff that is too large', 555, error('Diff took too long'), 'bitbucket.too_large'],
    ['a refusal', 400, error('Invalid pagelen'), 'http.400'],
  ])('%s', (_, status, body, code) => {
    expect(codeOf(status, body)).toBe(code);
  });

  it('is left to the status if Bitbucket itself says nothing', () => {
    expect(classify(answer(404, 'not found'), 0)).toBeUndefined();
    expect(classify(answer(400, '{"type": "err'), 0)).toBeUndefined();
    expect(classify(answer(502, '<html>'), 0)).toBeUndefined();
    expect(classify(answer(200, error('no')), 0)).toBeUndefined();
  });

  it('follows redirects of diffs and of renamed repositories, and no others', () => {
    const to = { location: 'https://vendor.example/2.0/repositories/acme/web/diffstat/a..b' };
    expect(codeOf(302, '', to, '/2.0/repositories/acme/web/pullrequests/7/diffstat')).toBe('fine');
    expect(codeOf(301, '', to, '/2.0/repositories/acme/old')).toBe('fine');
    expect(codeOf(302, '', {}, '/2.0/repositories/acme/old')).toBeUndefined();
    expect(codeOf(302, '', to, '/2.0/repositories/acme/web/pullrequests')).toBeUndefined();
  });

  it('pauses everything if the hour is used up, and one endpoint after a burst', () => {
    expect(classify(answer(429, 'Rate limit for this resource has been exceeded'), 0)).toMatchObject({
      kind: 'throttled',
      scope: 'credential',
    });
    expect(classify(answer(429, '', { 'x-envoy-ratelimited': 'true' }), 0)).toMatchObject({
      kind: 'throttled',
      scope: 'endpoint',
    });
  });

  it('is an error whatever its status, if it says so', () => {
    expect(errorsIn(error('no'))).toBe('no');
    expect(errorsIn({ values: [] })).toBeUndefined();
    expect(errorsIn(null)).toBeUndefined();
  });
});

it('the words of an error hold what a program can go by', () => {
  const body = error('Commit not found', { detail: 'one is unknown', data: { shas: ['a1', 7, 'b2'] } });
  expect(wordsIn(answer(404, body))).toEqual({
    message: 'Commit not found: one is unknown',
    required: [],
    shas: ['a1', 'b2'],
    announcement: undefined,
  });
  expect(wordsIn(answer(404, '[]'))).toBeUndefined();
  expect(wordsIn(answer(404, '{}'))).toBeUndefined();
});

describe('scopes', () => {
  it.each([
    ['repository, account', 'repository', undefined],
    ['pullrequest:write', 'repository', undefined],
    [
      'read:repository:bitbucket, read:user:bitbucket',
      'pullrequest',
      'pullrequest (read:pullrequest:bitbucket)',
    ],
    ['read:pullrequest:bitbucket', 'pullrequest', undefined],
    ['repository', 'pipeline', 'pipeline (read:pipeline:bitbucket)'],
    ['repository', 'workspace', 'account (read:workspace:bitbucket)'],
  ] as const)('%s for %s', (granted, need, lacking) => {
    const heard = scopes();
    heard.hear({ headers: { 'x-oauth-scopes': granted } });
    // An answer that does not tell them changes nothing.
    heard.hear({ headers: {} });
    expect(heard.lacking(need)).toBe(lacking);
  });

  it('that no answer told are not missing', () => {
    const heard = scopes();
    heard.hear({ headers: { 'x-oauth-scopes': '' } });
    expect(heard.lacking('pipeline')).toBeUndefined();
  });
});
