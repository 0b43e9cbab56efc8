import { ConfigError, ConfigErrors, DataError, isHeadraceError } from '@headrace/sdk/spec';
import { expect, test } from 'vitest';
import { errorTrace } from '../../../sdk/src/protocol/error-trace.ts';
import { errorData, failureOf, inJob } from './failures.ts';

const SECRET = 'tok_0123456789abcdef';
const scrub = (text: string) => text.replaceAll(SECRET, '****');
const said = (facts: unknown, message = 'no') =>
  failureOf({ message, failure_type: 'config_error', 'x-headrace': facts } as never, scrub);

test.each([
  new ConfigError('api_token is required', {
    code: 'config.field_required',
    place: 'credentials.api_token',
    hint: 'create one',
  }),
  new DataError('no list', { code: 'answer.wrong_shape', place: 'GET /rest/api/3/search' }),
  new ConfigError('expired', { code: 'http.unauthorized', hint: 'make a new one → and try again' }),
])('code, place, hint and sentence of an error survive a TRACE ERROR: $code', (error) => {
  const { cause: _, ...trace } = { cause: 0, ...errorTrace(error) };
  const { origin: _origin, ...told } = errorData(
    failureOf(JSON.parse(JSON.stringify(trace)), scrub),
    'source',
  );
  const { origin: _own, ...own } = errorData(error, 'source');
  expect(told).toEqual(own);
});

test('of a stream the name stays before the sentence', () => {
  const error = new DataError('no list', { code: 'a.b', place: 'GET /x', hint: 'report it' });
  const trace = errorTrace(error, 'issues (ENG): GET /x: no list → report it', { name: 'issues' });
  expect(failureOf(trace, scrub)).toMatchObject({
    message: 'issues (ENG): no list',
    code: 'a.b',
    place: 'GET /x',
    hint: 'report it',
  });
});

test('several errors at once have one code; their places and hints stay in the message', () => {
  const one = (place: string) =>
    new ConfigError('bad', { code: 'config.invalid', place, hint: `see ${place}` });
  const told = failureOf(errorTrace(new ConfigErrors([one('option_a'), one('option_b')])), scrub);
  expect([told.code, told.place, told.hint, told.message]).toEqual([
    'config.invalid',
    undefined,
    undefined,
    'option_a: bad → see option_a; option_b: bad → see option_b',
  ]);
  expect(failureOf(errorTrace(new ConfigErrors([one('option_a')])), scrub)).toMatchObject({
    place: 'option_a',
    message: 'bad',
  });
});

test.each([
  null,
  5,
  'x',
  [],
  {},
  { code: 5, place: {}, hint: [] },
  { code: '' },
  { code: 'Not A Code' },
  { code: 'a' },
  { code: 'a.b\nc' },
  { code: `a.${'b'.repeat(1e6)}` },
  { code: `a.${SECRET}` },
])('an x-headrace that is not usable is passed over: %#', (facts) => {
  const error = said(facts);
  expect(isHeadraceError(error)).toBe(true);
  expect([error.code, error.place, error.hint, error.message]).toEqual([
    'connector.config_error',
    undefined,
    undefined,
    'no',
  ]);
});

test('texts of strangers are bounded, and no secret is cut in two', () => {
  const long = `${'x'.repeat(490)}${SECRET}${'y'.repeat(1e6)}`;
  const { place, hint } = said({ code: 'a.b', place: long, hint: long });
  expect(place).toBe(`${'x'.repeat(490)}****yyyyyy…`);
  expect(hint?.length).toBe(2001);
});

test('a place that is an option of the connector is one of the job', () => {
  const at = (place?: string) =>
    inJob(new ConfigError('x', { code: 'a.b', place }), 'destination', { source: 'x', list: [1] }).place;
  expect(['source', 'list[0].x', 'GET /source', 'toString', undefined].map(at)).toEqual([
    'destination.config.source',
    'destination.config.list[0].x',
    'GET /source',
    'toString',
    undefined,
  ]);
});
