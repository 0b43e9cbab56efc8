import { describe, expect, it } from 'vitest';
import type { HeadraceError } from '../errors.ts';
import { Selection } from '../protocol/selection.ts';
import type { HttpOptions } from './client.ts';
import { GOOD, good, type Handler, json, PAGE, serve, status } from './serve.test-support.ts';
import { webPageOf } from './web-page.ts';

const LOGIN =
  '\n\n<!DOCTYPE html>\n<html lang="en"><head><title>Sign in &#8211; Example SSO</title></head><body></body></html>';
const page =
  (body: string, code = 200, type = 'text/html'): Handler =>
  (_, response) =>
    json(response, body, code, { 'content-type': type });
const thrown = (asked: Promise<unknown>): Promise<HeadraceError> =>
  asked.then(
    () => expect.fail('it succeeds'),
    (error: HeadraceError) => error,
  );

describe('what an answer is that is markup', () => {
  it.each([
    [LOGIN, 'a web page, “Sign in – Example SSO”'],
    ['<html><body>no <b>entry</b></body></html>', 'a web page, “no entry”'],
    ['<!doctype html><html><head><style>a{}</style></head></html>', 'a web page without a title'],
    ['<HTML><HEAD><TITLE>\n A&amp;B\n </TITLE>', 'a web page, “A&B”'],
    ['<html><body><h1>502 <b>Bad</b> Gateway</h1>', 'a web page, “502 Bad Gateway”'],
    ['<!-- x --><html><title></title><h1>Down</h1></html>', 'a web page, “Down”'],
    [
      '<?xml version="1.0"?><Error><Code>7</Code><Message><![CDATA[No <entry>]]></Message></Error>',
      'XML, <Error> “No”',
    ],
    ['<Error/>', 'XML, <Error>'],
    ['{"a":"<html>"}', undefined],
    ['', undefined],
    ['oops', undefined],
  ])('%j', (text, what) => {
    expect(webPageOf(Buffer.from(text))).toBe(what);
  });
});

describe('a web page instead of JSON', () => {
  it.each([
    ['as a web page', 'text/html'],
    ['under the name of JSON', 'application/json'],
  ])('is told at once on the first request, %s', async (_, type) => {
    const { page: ask, asked, http } = await serve([page(LOGIN, 200, type)]);
    expect(await thrown(ask())).toMatchObject({
      failureType: 'config_error',
      code: 'http.not_the_api',
      place: 'GET /prefix/list',
      message: 'the server answered 200 with a web page, “Sign in – Example SSO”, not with JSON',
    });
    expect(await thrown(http.json({ path: '/x' }))).toMatchObject({ code: 'http.not_the_api' });
    expect(asked).toHaveLength(2);
  });

  it('is asked again three times after a good answer, and may be over by then', async () => {
    const { page: ask, asked } = await serve([
      good,
      page(LOGIN),
      page(LOGIN),
      page(LOGIN),
      good,
      page(LOGIN),
    ]);
    await ask();
    expect((await ask()).count).toBe(2);
    const error = await thrown(ask());
    expect(error).toMatchObject({ failureType: 'transient_error', code: 'http.not_the_api' });
    expect(error.message).toContain('“Sign in – Example SSO”, not with JSON, tried 4 times');
    expect(asked).toHaveLength(1 + 4 + 4);
  });

  it.each([
    [403, 'config_error', 'the credentials may not do this: a web page, “Sign in – Example SSO”'],
    [404, 'system_error', 'the server answered 404: a web page, “Sign in – Example SSO”'],
  ])('of status %d is told by its title', async (code, failureType, message) => {
    const { page: ask } = await serve([page(LOGIN, code)]);
    expect(await thrown(ask())).toMatchObject({ failureType, message, status: code });
  });

  it('of a gateway that gives up is told by its title when the tries are used up', async () => {
    const { http } = await serve([page('<html><title>504 Gateway Time-out</title>', 504)]);
    expect(await thrown(http.page({ path: '/list' }, PAGE, { tries: 2 }))).toMatchObject({
      failureType: 'transient_error',
      status: 504,
      message: 'the server answered 504 with a web page, “504 Gateway Time-out”, tried 2 times',
    });
  });

  it('is left to a read that wants text', async () => {
    const { http } = await serve([page(LOGIN)]);
    expect(await http.ask({ path: '/console' }, ({ bytes }) => bytes.length)).toBe(LOGIN.length);
  });
});

describe('text instead of JSON', () => {
  it.each([
    ['no healthy upstream\n', 'text, “no healthy upstream”'],
    ['temporarily unavailable', 'text, “temporarily unavailable”'],
    ['\u0000\u0001\u0002', 'bytes that are no text'],
  ])('is told at once on the first request: %j', async (text, what) => {
    const { page: ask, asked } = await serve([page(text, 200, 'text/plain')]);
    expect(await thrown(ask())).toMatchObject({
      code: 'http.not_the_api',
      message: `the server answered 200 with ${what}, not with JSON`,
    });
    expect(asked).toHaveLength(1);
  });

  it('is not told where secrets are handed out', async () => {
    const { http } = await serve([page('access_token=sesame', 200)], { options: { quotes: false } });
    const error = await thrown(http.json({ path: '/token' }));
    expect(error.message).toBe('the server answered 200 with text, not with JSON');
  });

  it('is not what JSON is that was cut, or begins with a byte order mark', async () => {
    const { page: ask, http, slept } = await serve([page(`\ufeff${GOOD}`), page('{"a":"sesame'), page('{}')]);
    expect((await ask()).count).toBe(2);
    expect(await http.json({ path: '/x' })).toEqual({});
    expect(slept).toEqual([2000]);
  });
});

describe('a redirect', () => {
  it('to another host is told at once, with the host and without the query, also after good answers', async () => {
    const location = 'https://login.example/sso?ticket=12345678';
    const { page: ask, asked } = await serve([good, status(302, { location })]);
    await ask();
    const error = await thrown(ask());
    expect(error).toMatchObject({ failureType: 'config_error', code: 'http.redirect' });
    expect(error.message).toContain('login.example/sso');
    expect(JSON.stringify([error, error.message])).not.toContain('12345678');
    expect(asked).toHaveLength(2);
  });
});

describe('an error of the vendor’s with status 200', () => {
  const errorsIn: HttpOptions['errorsIn'] = (body) =>
    (body as { errorMessages?: string[] }).errorMessages?.join('; ');

  it.each([
    ['as a value', (http) => http.json({ path: '/x' })],
    ['instead of a page', (http) => http.page({ path: '/x' }, PAGE)],
    ['instead of a list', (http) => http.page({ path: '/x' }, new Selection({ records: '' }))],
    ['beside an empty list', (http) => http.page({ path: '/x' }, new Selection({ records: 'issues' }))],
  ] as Array<[string, (http: Awaited<ReturnType<typeof serve>>['http']) => Promise<unknown>]>)(
    'is told at once in its words: %s',
    async (_, ask) => {
      const answer = page('{"errorMessages":["Der Dienst\\n ist gestört."],"issues":[]}');
      const { http, asked } = await serve([answer], { options: { errorsIn } });
      expect(await thrown(ask(http))).toMatchObject({
        code: 'http.error_in_answer',
        place: 'GET /prefix/x',
        status: 200,
        message: 'the server answered 200 with an error: Der Dienst ist gestört.',
      });
      expect(asked).toHaveLength(1);
    },
  );

  it('is not looked for in a page that has records', async () => {
    const { page: ask } = await serve([page(`{"errorMessages":["one is missing"],${GOOD.slice(1)}`)], {
      options: { errorsIn },
    });
    expect((await ask()).count).toBe(2);
  });
});
