import { expect, it } from 'vitest';
import { defaultBackoff } from './backoff.ts';
import { ifFound } from './if-found.ts';
import { jsonOf } from './read-answer.ts';
import { RetryAnswer } from './retry-answer.ts';
import { good, type Handler, json, PAGE, serve, status } from './serve.test-support.ts';

const running: Handler = (_, response) => json(response, '{"state":"RUNNING"}');
const done: Handler = (_, response) => json(response, '{"state":"DONE"}');
const finished = (answer: { bytes: Buffer }): unknown => {
  const value = jsonOf(answer) as { state: string };
  if (value.state === 'RUNNING') throw new RetryAnswer('the export is not ready', { afterMs: 5000 });
  return value;
};

it('an answer that is not ready is asked for again, after the wait that is wanted', async () => {
  const { http, asked, slept, logged } = await serve([running, running, done]);
  expect(await http.ask({ path: '/export' }, finished)).toEqual({ state: 'DONE' });
  expect(asked).toHaveLength(3);
  expect(slept).toEqual([5000, 5000]);
  expect(logged.join()).toContain('the export is not ready');
});

it('an answer that is never ready is a fault that may pass, with its place and its tries', async () => {
  const { http } = await serve([running], { env: { backoff: { ...defaultBackoff, tries: 3 } } });
  await expect(http.ask({ path: '/export' }, finished)).rejects.toMatchObject({
    failureType: 'transient_error',
    code: 'http.not_ready',
    place: 'GET /prefix/export',
    message: 'the export is not ready, tried 3 times',
  });
});

it('what is not there is undefined, and only that', async () => {
  const { http } = await serve([status(404), status(410), good, status(403), status(403), status(400)]);
  const ask = (statuses?: readonly number[]) => ifFound(http.page({ path: '/list' }, PAGE), statuses);
  expect([await ask(), await ask()]).toEqual([undefined, undefined]);
  expect((await ask())?.count).toBe(2);
  await expect(ask()).rejects.toMatchObject({ status: 403 });
  expect(await ask([400])).toBeUndefined();
});
