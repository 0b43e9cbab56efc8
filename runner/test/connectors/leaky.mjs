#!/usr/bin/env node
/** Both ends of a job: gives every secret away in the way that its config says. Of `spec` a file beside says it. */
import { existsSync, readFileSync, writeSync } from 'node:fs';
import { TOLD } from './canary.mjs';

const [verb] = process.argv.slice(2);
const at = process.argv.indexOf('--config');
const config = at === -1 ? {} : JSON.parse(readFileSync(process.argv[at + 1], 'utf8'));
const how = verb === 'spec' && existsSync('spec-how') ? readFileSync('spec-how', 'utf8') : config[verb];
const say = (message) => {
  const bytes = Buffer.from(typeof message === 'string' ? message : `${JSON.stringify(message)}\n`);
  for (let done = 0; done < bytes.length; ) done += writeSync(1, bytes, done);
};
const trace = (trace) => say({ type: 'TRACE', trace: { emitted_at: 0, ...trace } });
const error = (failure_type, more = {}) =>
  trace({
    type: 'ERROR',
    error: { message: TOLD, internal_message: TOLD, stack_trace: TOLD, failure_type, ...more },
  });
const stream_descriptor = { name: 'a' };

const WAYS = {
  log: () => say({ type: 'LOG', log: { level: 'ERROR', message: TOLD, stack_trace: TOLD } }),
  stderr: () => process.stderr.write(`${TOLD}\n${'x'.repeat(4000)}${TOLD}\n`),
  foreign: () => say(`${TOLD}\n${'x'.repeat(280)}${TOLD}\n`),
  unreadable: () => say(`{"type":"LOG","log":{"level":"INFO","message":${JSON.stringify(TOLD)}\n`),
  config_error: () => error('config_error'),
  transient_error: () => error('transient_error'),
  system_error: () => error('system_error'),
  stream_error: () => error('config_error', { stream_descriptor }),
  failed: () => say({ type: 'CONNECTION_STATUS', connectionStatus: { status: 'FAILED', message: TOLD } }),
  crash: () => {
    throw new Error(TOLD);
  },
};
for (const way of (how ?? '').split(' ').filter(Boolean)) WAYS[way]();

const secret = { type: 'string', airbyte_secret: true };
if (verb === 'spec') {
  const properties = {
    token: { $ref: '#/definitions/secret' },
    pin: { type: 'integer', airbyte_secret: true },
  };
  const deep = { type: 'object', airbyte_secret: true };
  say({
    type: 'SPEC',
    spec: {
      'x-headrace': { state: existsSync('keeps-states') },
      connectionSpecification: {
        type: 'object',
        definitions: { secret },
        anyOf: [{ properties: { key: secret } }, { properties: { deep } }],
        properties: {
          ...properties,
          key: {},
          deep: {},
          check: {},
          discover: {},
          read: {},
          write: {},
          state: {},
        },
      },
    },
  });
}
if (verb === 'check' && !how) say({ type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED' } });
if (verb === 'discover') {
  const stream = { name: 'a', json_schema: { type: 'object' }, supported_sync_modes: ['full_refresh'] };
  say({ type: 'CATALOG', catalog: { streams: [stream] } });
}
if (verb === 'state') say('[]\n');
if (verb === 'read') {
  trace({ type: 'STREAM_STATUS', stream_status: { stream_descriptor, status: 'STARTED' } });
  say({ type: 'RECORD', record: { stream: 'a', emitted_at: 1, data: { id: 1 } } });
  if (!how) trace({ type: 'STREAM_STATUS', stream_status: { stream_descriptor, status: 'COMPLETE' } });
}
if (verb === 'write') for await (const _ of process.stdin);
process.exitCode = how && verb !== 'spec' ? 1 : 0;
