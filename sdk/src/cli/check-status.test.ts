import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError, TransientError } from '../errors.ts';
import { defineStream } from '../source/define.ts';
import { defineSource } from '../source/define-source.ts';
import { runInProcess } from '../testing/in-process.ts';

/** A source with this check. */
const source = (check: () => void) =>
  defineSource({
    name: 'acme',
    vendor: 'acme',
    documentationUrl: 'https://acme.example',
    config: z.object({ base_url: z.string() }),
    origin: () => 'acme.example',
    open: async () => ({}),
    check: async () => check(),
    streams: [
      defineStream<object>()({
        name: 'items',
        description: 'what there is',
        schema: { properties: { id: {} } },
        primaryKey: ['id'],
        record: { id: 'id' },
        async *read() {},
      }),
    ],
  });

const run = async (check: () => void, config: object = { base_url: 'x' }) => {
  const { code, messages, errors } = await runInProcess(source(check), 'check', config);
  const said = messages.flatMap((message) =>
    message.type === 'CONNECTION_STATUS' ? [message.connectionStatus] : [],
  );
  return [code, said, errors.map(({ failure_type }) => failure_type)];
};

describe('check', () => {
  const details = { code: 'acme.no', place: 'GET /me', hint: 'look there' };

  it('says SUCCEEDED', async () => {
    expect(await run(() => {})).toEqual([0, [{ status: 'SUCCEEDED' }], []]);
  });

  it('says FAILED and ends well if the user can mend it', async () => {
    const fail = () => {
      throw new ConfigError('it is refused', details);
    };
    const message = 'GET /me: it is refused → look there';
    expect(await run(fail)).toEqual([0, [{ status: 'FAILED', message }], []]);
    expect(await run(() => {}, {})).toMatchObject([0, [{ status: 'FAILED' }], []]);
  });

  it.each([
    [
      new TransientError('the server answered 503, tried 3 times', details),
      'transient_error',
      'GET /me: the server answered 503, tried 3 times → look there',
    ],
    [new TypeError('x is undefined'), 'system_error', 'x is undefined'],
  ])(
    'says FAILED too if nobody can, and ends as what may be tried again: %s',
    async (error, kind, message) => {
      const fail = () => {
        throw error;
      };
      expect(await run(fail)).toEqual([1, [{ status: 'FAILED', message }], [kind]]);
    },
  );
});
