#!/usr/bin/env node
/**
 * A real destination that appends records to `out`, echoes states and, as `keeping-destination.mjs`, keeps
 * them beside it. Its config says where it misbehaves.
 */
import {
  appendFileSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createInterface } from 'node:readline';

const [verb] = process.argv.slice(2);
const flag = (name) => {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? undefined : process.argv[at + 1];
};
const say = (message) => writeSync(1, `${JSON.stringify(message)}\n`);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

if (verb === 'spec') {
  const keeps = process.argv[1].endsWith('keeping-destination.mjs');
  say({
    type: 'SPEC',
    spec: {
      ...(keeps
        ? {
            'x-headrace': {
              state: true,
              target: ['path', 'place.table'],
              source: 'source',
              verbs: ['state', 'stats', 'verify'],
            },
          }
        : {}),
      supported_destination_sync_modes: ['append', 'overwrite'],
      connectionSpecification: {
        type: 'object',
        required: ['out'],
        properties: {
          out: { type: 'string' },
          path: { type: 'string', default: './bronze' },
          place: { type: 'object', properties: { table: { type: 'string', default: 'main' } } },
          source: { type: 'string' },
          ...(keeps ? { state_scope: { type: 'string' } } : {}),
          password: { type: 'string', airbyte_secret: true },
          misbehave: { type: 'object' },
          check: { type: 'string' },
        },
      },
    },
  });
  process.exit(0);
}
const config = JSON.parse(readFileSync(flag('config'), 'utf8'));
const { out, misbehave = {} } = config;
const stateFile = `${out}.states${config.state_scope ? `.${config.state_scope}` : ''}`;
const kept = existsSync(stateFile) ? JSON.parse(readFileSync(stateFile, 'utf8')) : [];
appendFileSync(
  `${out}.calls`,
  `${JSON.stringify({ verb, config, catalog: flag('catalog') && JSON.parse(readFileSync(flag('catalog'), 'utf8')) })}\n`,
);

if (verb === 'check') {
  say({
    type: 'CONNECTION_STATUS',
    connectionStatus:
      config.check === 'FAILED'
        ? { status: 'FAILED', message: 'the disk is not there' }
        : { status: 'SUCCEEDED' },
  });
  process.exit(0);
}
if (verb === 'verify') {
  const { verify = [] } = misbehave;
  writeSync(1, verify === 'nonsense' ? verify : JSON.stringify({ files: 1, problems: verify }));
  process.exit(verify.length > 0 ? 1 : 0);
}
if (verb === 'stats') {
  const fail = {
    failure_type: 'config_error',
    message: 'no disk',
    'x-headrace': { code: 'disk.gone', hint: 'buy one' },
  };
  if (misbehave.stats) say({ type: 'TRACE', trace: { type: 'ERROR', emitted_at: 0, error: fail } });
  else writeSync(1, '[{"stream":"a","records":12345678901234567890,"bytes":2048,"last_emitted_at":null}]\n');
  process.exit(misbehave.stats ? 1 : 0);
}
if (verb === 'state' && flag('set')) writeFileSync(stateFile, readFileSync(flag('set')));
else if (verb === 'state' && process.argv.includes('--reset')) {
  const names = flag('streams')?.split(',') ?? kept.map((state) => state.stream.stream_descriptor.name);
  writeFileSync(
    stateFile,
    JSON.stringify(kept.filter((state) => !names.includes(state.stream.stream_descriptor.name))),
  );
}
if (verb === 'state') {
  // The text itself: its numbers keep their digits.
  writeSync(1, existsSync(stateFile) ? readFileSync(stateFile, 'utf8') : '[]\n');
  process.exit(0);
}

let ignored = 0;
process.on('SIGINT', () => ignored++);
const file = openSync(out, 'a');
const late = [];
let stored = 0;
let total = 0;
let failed = false;
for await (const line of createInterface({ input: process.stdin })) {
  if (misbehave.slowMs) await sleep(misbehave.slowMs);
  appendFileSync(`${out}.input`, `${line.slice(0, 400)}\n`);
  const message = JSON.parse(line);
  if (message.type === 'TRACE' && message.trace.stream_status?.status === 'INCOMPLETE') failed = true;
  if (message.type === 'RECORD') {
    writeSync(
      file,
      `${JSON.stringify({ stream: message.record.stream, ...message.record.data, pad: undefined })}\n`,
    );
    stored++;
    total++;
    if (total === misbehave.dieAfter) process.kill(process.pid, 'SIGKILL');
    if (total === misbehave.leaveAfter) process.exit(0);
  }
  if (message.type === 'STATE') {
    fsyncSync(file);
    const count = stored - (misbehave.lie ?? 0);
    stored = 0;
    const echo = { ...message, state: { ...message.state, destinationStats: { recordCount: count } } };
    if (misbehave.inventStates)
      echo.state.stream = { ...echo.state.stream, stream_state: { invented: true } };
    if (misbehave.neverEcho) continue;
    if (misbehave.echoLate) late.push(echo);
    else confirm(echo);
  }
}
for (const echo of late) confirm(echo);
if (misbehave.error) say({ type: 'TRACE', trace: { type: 'ERROR', emitted_at: 0, error: misbehave.error } });
process.exit(misbehave.exit ?? (failed ? 1 : 0));

function confirm(echo) {
  if (echo.state.type === 'GLOBAL') return say(echo);
  const name = echo.state.stream.stream_descriptor.name;
  const at = kept.findIndex((state) => state.stream.stream_descriptor.name === name);
  const { stream, type } = echo.state;
  kept.splice(at === -1 ? kept.length : at, at === -1 ? 0 : 1, { type, stream, commit: 1 });
  writeFileSync(stateFile, JSON.stringify(kept));
  say(echo);
}
