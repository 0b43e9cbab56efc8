#!/usr/bin/env node
/**
 * A connector that does what its name says: `source-<what>` or `destination-<what>`, a link to this file. What it does
 * not spoil it does as any connector would.
 */
import { spawn } from 'node:child_process';
import { closeSync, readSync, writeSync } from 'node:fs';
import { basename } from 'node:path';

const [, role, what] = /^(source|destination)-(.*)$/.exec(
  process.env.HEADRACE_HOSTILE ?? basename(process.argv[1]),
);
const verb = process.argv[2];
const write = (text) => {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(1, bytes, done);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
};
const say = (message) => write(`${JSON.stringify(message)}\n`);
const forever = () => setInterval(() => {}, 1 << 30);
const away = (script, stdio = ['ignore', 'inherit', 'inherit']) =>
  spawn('sh', ['-c', script], { detached: true, stdio }).unref();
const status = (name, is) =>
  say({
    type: 'TRACE',
    trace: {
      type: 'STREAM_STATUS',
      emitted_at: 1,
      stream_status: { stream_descriptor: { name }, status: is },
    },
  });
const record = (name, data = { id: 1 }) =>
  say({ type: 'RECORD', record: { stream: name, emitted_at: 1, data } });
const state = (name, at = 1, count = 1) =>
  say({
    type: 'STATE',
    state: {
      type: 'STREAM',
      stream: { stream_descriptor: { name }, stream_state: { at } },
      sourceStats: { recordCount: count },
    },
  });

/** In whichever verb it is asked. */
const ways = {
  hang: () => forever(),
  deaf() {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => {});
    forever();
  },
  stopped: () => process.kill(process.pid, 'SIGSTOP'),
  crash: () => process.kill(process.pid, 'SIGSEGV'),
  exit: () => process.exit(77),
  'line-without-end': () => {
    write('{"type":"RECORD","record":{"stream":"a","data":{"x":"');
    for (;;) write('x'.repeat(1 << 20));
  },
  junk: () => {
    for (;;) write(Buffer.from(Array.from({ length: 1 << 16 }, (_, k) => (k * 31 + 7) % 256)));
  },
  logs: () => {
    for (let k = 0; ; k++) say({ type: 'LOG', log: { level: 'INFO', message: `on and on ${k}` } });
  },
  stderr: () => {
    for (;;) writeSync(2, `${'e'.repeat(1000)}\n`);
  },
  errors: () => {
    for (let k = 0; ; k++)
      say({ type: 'TRACE', trace: { type: 'ERROR', emitted_at: 1, error: { message: `no ${k}` } } });
  },
  'deep-json': () => write(`{"type":"LOG","log":${'['.repeat(2e6)}${']'.repeat(2e6)}}\n`),
  'many-values': () => write(`{"type":"LOG","log":[${'{},'.repeat(15e6)}1]}\n`),
  silent: () => process.exit(0),
  'fork-holds-stdout': () => {
    away('sleep 600');
    process.exit(0);
  },
  'fork-talks': () => {
    away('trap "" TERM; while :; do echo on; sleep 0.01; done');
    process.exit(0);
  },
  'fork-holds-stderr': () => {
    away('sleep 600', ['ignore', 'ignore', 'inherit']);
    process.exit(1);
  },
  forks: () => {
    for (let k = 0; k < 30; k++) away('trap "" TERM; sleep 600');
    forever();
  },
  'closed-stdout': () => {
    closeSync(1);
    forever();
  },
  'closed-stdin': () => {
    closeSync(0);
    forever();
  },
};

const specs = {
  'spec-bomb': { properties: { name: { type: 'string', pattern: '^(a+)+$' } } },
  'spec-bomb-of-ours': { properties: { name: { type: 'string', pattern: '^(a|a)*$' } } },
  'spec-circle': { $ref: '#' },
  'spec-doubles': {
    $ref: '#/definitions/a30',
    definitions: Object.fromEntries(
      Array.from({ length: 31 }, (_, k) => [
        `a${k}`,
        k === 0 ? {} : { allOf: [1, 2].map(() => ({ $ref: `#/definitions/a${k - 1}` })) },
      ]),
    ),
  },
  'spec-nonsense': { type: 17, properties: ['x'], required: 'all', oneOf: 3 },
  'spec-null': null,
};

function spec() {
  if (what === 'spec-huge') {
    const text = 'x'.repeat(1000);
    const properties = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, k) => [`p${k}`, { description: text }]),
    );
    return { type: 'object', properties };
  }
  if (what === 'spec-deep') {
    let deep = { type: 'object' };
    for (let k = 0; k < 900; k++) deep = { type: 'object', properties: { a: deep } };
    return deep;
  }
  return what in specs ? specs[what] : { type: 'object', properties: { name: { type: 'string' } } };
}

const names = what === 'many-streams' ? Array.from({ length: 20_000 }, (_, k) => `s${k}`) : ['a'];
const at = /^in-(spec|check|discover|read|write|state)-(.*)$/.exec(what);
const way = at ? at[2] : what;
// Most of them show themselves when it is too late to turn away.
const when = at ? at[1] : role === 'source' ? 'read' : 'write';

if (verb === when && way in ways) ways[way]();
else if (verb === 'spec')
  say({
    type: 'SPEC',
    spec: {
      ...(what.endsWith('of-ours') ? { 'x-headrace': {} } : {}),
      supported_destination_sync_modes: ['append', 'overwrite'],
      connectionSpecification: spec(),
    },
  });
else if (verb === 'check') say({ type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED' } });
else if (verb === 'discover')
  say({
    type: 'CATALOG',
    catalog: {
      streams: names.map((name) => ({ name, json_schema: {}, supported_sync_modes: ['incremental'] })),
    },
  });
else if (verb === 'read') read();
else if (verb === 'write') store();

function read() {
  if (what === 'strangers') for (let k = 0; k < 50_000; k++) record(`not asked for ${k}`);
  for (const name of names) {
    status(name, 'STARTED');
    record(name);
    state(name);
    if (what === 'crash-after-state') process.kill(process.pid, 'SIGKILL');
    if (what === 'cut') return write('{"type":"RECORD","record":{"stream":"a","da');
    if (what === 'counts-wrong') state(name, 2, 1000);
    if (what === 'stdout-closed-early') {
      closeSync(1);
      return forever();
    }
    if (what === 'endless-records') for (;;) record(name, { id: 1, text: 'x'.repeat(1000) });
    if (what === 'holds-on') away('sleep 600');
    status(name, 'COMPLETE');
  }
  return undefined;
}

function store() {
  if (what === 'reads-nothing') return forever();
  if (what === 'leaves-at-once') return process.exit(0);
  if (what === 'invents')
    for (let k = 0; k < 20_000; k++)
      say({
        type: 'STATE',
        state: { type: 'STREAM', stream: { stream_descriptor: { name: 'a' }, stream_state: { k } } },
      });
  const bytes = Buffer.alloc(1 << 16);
  let text = '';
  for (let length = readSync(0, bytes); length > 0; length = readSync(0, bytes)) {
    text += bytes.toString('latin1', 0, length);
    const lines = text.split('\n');
    text = lines.pop();
    for (const line of lines) if (line.includes('"STATE"') && what !== 'never-echoes') write(`${line}\n`);
  }
  if (what === 'stays') forever();
  if (what === 'fails-late') process.exit(9);
  return undefined;
}
