#!/usr/bin/env node
/**
 * A real source whose config says what it does: `plan` is a list of steps per attempt (the last one is
 * repeated), `notes` a file in which every call is written down. Every test of the runner that needs a
 * source, well behaved or hostile, starts this one as a process.
 */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  fstatSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';

const [verb] = process.argv.slice(2);
const flag = (name) => {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? undefined : process.argv[at + 1];
};
const say = (message) => {
  const bytes = Buffer.from(typeof message === 'string' ? message : `${JSON.stringify(message)}\n`);
  for (let done = 0; done < bytes.length; ) done += writeSync(1, bytes, done);
};
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const trace = (trace) => say({ type: 'TRACE', trace: { emitted_at: 0, ...trace } });

if (verb === 'spec') {
  const ours = process.argv[1].endsWith('our-source.mjs');
  say({
    type: 'SPEC',
    spec: {
      ...(ours ? { 'x-headrace': { start: 'start_date' } } : {}),
      connectionSpecification: {
        $schema: 'https://json-schema.org/draft-07/schema#',
        type: 'object',
        required: ['notes'],
        properties: {
          notes: { type: 'string', description: 'a file' },
          base_url: { type: 'string' },
          start_date: { type: 'string' },
          token: { type: 'string', airbyte_secret: true },
          refresh_token: { type: 'string', airbyte_secret: true },
          plan: { type: 'array' },
          check: { type: 'string' },
          streams: { type: 'array' },
          ids: {},
          n: { type: 'number' },
          port: { type: 'integer' },
        },
      },
    },
  });
  process.exit(0);
}

const configText = readFileSync(flag('config'), 'utf8');
const config = JSON.parse(configText);
// As it was handed over, byte for byte.
appendFileSync(`${config.notes}.configs`, `${configText}\n`);
const note = (entry) => appendFileSync(config.notes, `${JSON.stringify(entry)}\n`);
const earlier = (name) =>
  existsSync(config.notes)
    ? readFileSync(config.notes, 'utf8')
        .split('\n')
        .filter((line) => line.includes(`"verb":"${name}"`)).length
    : 0;
const attempt = earlier(verb);
const states =
  flag('state') === '-' ? readFileSync(0, 'utf8') : flag('state') && readFileSync(flag('state'), 'utf8');
note({
  verb,
  config,
  configPath: flag('config'),
  configMode: (statSync(flag('config')).mode & 0o777).toString(8),
  folderMode: (statSync(new URL('.', `file://${flag('config')}`)).mode & 0o777).toString(8),
  catalog: flag('catalog') && JSON.parse(readFileSync(flag('catalog'), 'utf8')),
  states: states === undefined ? null : states.trim(),
  statesBy: flag('state') === '-' ? (fstatSync(0).isFile() ? 'file' : 'pipe') : flag('state') && 'file',
  limit: flag('limit'),
  control: process.env.HEADRACE_CONTROL,
  resolved: process.env.HEADRACE_CONFIG_RESOLVED,
  budget: process.env.HEADRACE_BUDGET,
  cwd: process.cwd(),
});

if (verb === 'check') {
  if (config.check === 'crash' || (config.check === 'crash once' && attempt === 0))
    process.kill(process.pid, 'SIGKILL');
  if (config.check === 'hang') await sleep(600_000);
  if (config.check === 'leave')
    spawn('sleep', ['20'], { detached: true, stdio: ['ignore', 'inherit', 'ignore'] }).unref();
  if (config.check === 'rotate')
    say({
      type: 'CONTROL',
      control: {
        type: 'CONNECTOR_CONFIG',
        emitted_at: 0,
        connectorConfig: { config: { ...config, token: 'rotated-in-check' } },
      },
    });
  if (config.check === 'FAILED for a while once' && attempt === 0) {
    // As our SDK says what may pass: FAILED for whoever reads answers only, a TRACE and a 1 for whoever tries again.
    say({
      type: 'CONNECTION_STATUS',
      connectionStatus: { status: 'FAILED', message: 'the server answered 503' },
    });
    say({
      type: 'TRACE',
      trace: {
        type: 'ERROR',
        emitted_at: 0,
        error: { message: 'the server answered 503', failure_type: 'transient_error' },
      },
    });
    process.exit(1);
  }
  const status =
    config.check === 'FAILED'
      ? { status: 'FAILED', message: 'the token is refused' }
      : { status: 'SUCCEEDED' };
  say({ type: 'CONNECTION_STATUS', connectionStatus: status });
  process.exit(0);
}
if (verb === 'discover') {
  const names = config.streams ?? [{ name: 'a' }, { name: 'b' }];
  const streams = names.map((stream) => ({
    json_schema: { type: 'object' },
    supported_sync_modes: ['full_refresh', 'incremental'],
    ...stream,
  }));
  say({ type: 'CATALOG', catalog: { streams } });
  process.exit(0);
}

let draining = false;
process.on('SIGTERM', () => {
  draining = true;
});
const counts = new Map();
const id = () => [...counts.values()].reduce((sum, n) => sum + n, 0);
let sent = 0;

for (const step of config.plan?.[Math.min(attempt, config.plan.length - 1)] ?? []) {
  const { do: what, stream } = step;
  const stream_descriptor = { name: stream };
  if (what === 'status')
    trace({ type: 'STREAM_STATUS', stream_status: { stream_descriptor, status: step.status } });
  if (what === 'records') {
    const many = step.count ?? 1;
    for (let k = 0; k < many; k++) {
      say({
        type: 'RECORD',
        record: {
          stream,
          emitted_at: 1,
          data: { id: step.from === undefined ? sent++ : step.from + k, pad: 'x'.repeat(step.bytes ?? 0) },
        },
      });
    }
    counts.set(stream, (counts.get(stream) ?? 0) + many);
  }
  if (what === 'state') {
    const recordCount = step.says ?? counts.get(stream) ?? 0;
    say({
      type: 'STATE',
      state: {
        type: 'STREAM',
        stream: { stream_descriptor, stream_state: step.state ?? { at: id() } },
        sourceStats: { recordCount },
      },
    });
    counts.set(stream, 0);
  }
  if (what === 'error')
    trace({
      type: 'ERROR',
      error: { message: step.message, failure_type: step.kind, ...(stream ? { stream_descriptor } : {}) },
    });
  if (what === 'control')
    say({
      type: 'CONTROL',
      control: {
        type: 'CONNECTOR_CONFIG',
        emitted_at: 0,
        connectorConfig: { config: { ...config, ...step.config } },
      },
    });
  if (what === 'log') say({ type: 'LOG', log: { level: step.level ?? 'INFO', message: step.message } });
  if (what === 'stderr') writeSync(2, step.text);
  if (what === 'raw') say(step.text);
  if (what === 'sleep') await sleep(step.ms);
  if (what === 'kill') process.kill(process.pid, 'SIGKILL');
  // A program that it leaves behind holds its output, in a group of its own.
  // A token that is good once: a file of its name is at the vendor's, and becomes the next one's.
  if (what === 'refresh') {
    const next = `${config.refresh_token}x`;
    try {
      renameSync(`${step.vendor}/${config.refresh_token}`, `${step.vendor}/${next}`);
    } catch {
      trace({ type: 'ERROR', error: { message: 'invalid_grant', failure_type: 'config_error' } });
      process.exit(1);
    }
    config.refresh_token = next;
    const connectorConfig = { config };
    say({ type: 'CONTROL', control: { type: 'CONNECTOR_CONFIG', emitted_at: 0, connectorConfig } });
  }
  if (what === 'leave')
    spawn('sh', ['-c', step.script], { detached: true, stdio: ['ignore', 'inherit', 'ignore'] }).unref();
  if (what === 'exit') process.exit(step.code);
  // Waits for SIGTERM, as a source does that has much to read.
  while (what === 'drain' && !draining) await sleep(10);
  while (what === 'hang') await sleep(1000);
}
process.exit(0);
