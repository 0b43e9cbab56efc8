// A source over the test API as somebody might write it in an hour, with the mistakes that are asked for by
// NAIVE (a list of names): the subject that shows that the suite finds them. Without any it passes the suite's
// checks of which it is the subject.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const mistakes = new Set((process.env.NAIVE ?? '').split(',').filter(Boolean));
const has = (name) => mistakes.has(name);
const [, , verb, ...rest] = process.argv;
const flag = (name) => (rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined);
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const trace = (body) => say({ type: 'TRACE', trace: { emitted_at: Date.now(), ...body } });
const log = (message) => say({ type: 'LOG', log: { level: 'INFO', message } });

class Failure extends Error {
  constructor(message, type = 'system_error') {
    super(message);
    this.type = type;
  }
}

const fail = (error, stream) =>
  trace({
    type: 'ERROR',
    error: {
      message: error.message,
      failure_type: error.type ?? 'system_error',
      ...(stream ? { stream_descriptor: { name: stream } } : {}),
    },
  });

const spec = {
  type: 'object',
  title: 'Naive',
  required: ['base_url', 'token'],
  properties: {
    base_url: { type: 'string', title: 'Address', order: 0 },
    token: {
      type: 'string',
      title: 'Token',
      order: has('same-order') ? 0 : 1,
      ...(has('secret-unmarked') ? {} : { airbyte_secret: true }),
    },
  },
  additionalProperties: true,
};

const properties = {
  id: { type: has('wrong-type') ? 'integer' : 'string' },
  group: { type: 'string' },
  n: { type: 'integer' },
  version: { type: 'integer' },
  updated: { type: 'string', format: 'date-time' },
  exact: { type: 'number' },
  big: { type: 'number' },
  path: { type: 'string' },
  ...(has('undeclared-column') ? {} : { text: { type: 'string' } }),
};
const schema = (fields) => ({ type: 'object', properties: fields, additionalProperties: true });
const catalog = {
  streams: [
    {
      name: 'groups',
      json_schema: schema({ id: { type: 'string' }, name: { type: 'string' }, items: { type: 'integer' } }),
      supported_sync_modes: ['full_refresh'],
      source_defined_primary_key: [['id']],
    },
    {
      name: 'items',
      json_schema: schema(properties),
      supported_sync_modes: ['full_refresh', 'incremental'],
      source_defined_cursor: true,
      default_cursor_field: [has('cursor-not-there') ? 'changed' : 'updated'],
      source_defined_primary_key: [['id']],
    },
  ],
};

let config;
const number = (value, otherwise) =>
  value === null || value === '' || Number.isNaN(Number(value)) ? otherwise : Number(value);

async function get(path, query = {}) {
  const url = new URL(config.base_url + path);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value));
  if (has('logs-requests')) log(`GET ${url} with ${config.token}`);
  for (let tries = 1; ; tries++) {
    let answer;
    let text;
    try {
      answer = await fetch(url, { headers: { authorization: `Bearer ${config.token}` }, redirect: 'error' });
      text = await answer.text();
    } catch (error) {
      if (tries > 6 || has('no-retries'))
        throw new Failure(`the connection failed: ${error.message}`, 'transient_error');
      await sleep(5 * tries);
      continue;
    }
    if (answer.status === 401)
      throw new Failure('the token is not accepted', has('401-is-system') ? 'system_error' : 'config_error');
    if (answer.status === 429 || answer.status >= 500) {
      if (tries > 6 || has('no-retries')) throw new Failure(`answered ${answer.status}`, 'transient_error');
      const after = has('ignores-retry-after') ? 0 : retryAfter(answer);
      if (after > 5000 && !has('silent-waits'))
        trace({
          type: 'STREAM_STATUS',
          stream_status: {
            stream_descriptor: { name: current },
            status: 'RUNNING',
            reasons: [{ type: 'RATE_LIMITED', rate_limited: { quota_reset: Date.now() + after } }],
          },
        });
      await sleep(after + 5 * tries);
      continue;
    }
    if (answer.status !== 200) {
      if (has(`swallows-${answer.status}`)) return { items: [], groups: [] };
      throw new Failure(`answered ${answer.status}${has('repeats-answers') ? `: ${text}` : ''}`);
    }
    if (!Buffer.from(text).includes(0x7b) && has('empty-is-fine')) return { items: [], groups: [] };
    try {
      const page = JSON.parse(text);
      if (!Array.isArray(page.items ?? page.groups) && !path.startsWith('/whoami') && !has('object-is-fine'))
        throw new Error('no list');
      return { items: [], groups: [], ...page };
    } catch {
      if (tries > 6) throw new Failure('the answer is no page', 'transient_error');
      await sleep(5 * tries);
    }
  }
}

function retryAfter(answer) {
  const value = answer.headers.get('retry-after');
  const seconds = number(value, undefined);
  if (seconds !== undefined) return 1000 * seconds;
  return value === null ? 0 : Math.max(0, Date.parse(value) - Date.now());
}

let current = 'groups';

async function read() {
  const configured = flag('--catalog') ? JSON.parse(readFileSync(flag('--catalog'), 'utf8')) : undefined;
  const names = configured?.streams.map(({ stream }) => stream.name) ?? ['groups', 'items'];
  for (const name of names)
    if (!['groups', 'items'].includes(name) && !has('takes-any-stream'))
      throw new Failure(`no stream ${name}`, 'config_error');
  const text = flag('--state') ? readFileSync(flag('--state'), 'utf8').trim() : '';
  const given = text === '' ? [] : JSON.parse(text);
  const states = Array.isArray(given) ? given : [];
  const saved = states.find(({ stream }) => stream?.stream_descriptor.name === 'items')?.stream?.stream_state;
  const positions = has('forgets-state') ? {} : { ...saved?.groups };
  let failed = false;

  for (const name of names.filter((one) => one === 'groups' || one === 'items')) {
    current = name;
    const status = (said) =>
      trace({ type: 'STREAM_STATUS', stream_status: { stream_descriptor: { name }, status: said } });
    let since = 0;
    let running = false;
    const record = (data) => {
      if (!running) status('RUNNING');
      running = true;
      since++;
      say({
        type: 'RECORD',
        record: {
          stream: name,
          data,
          emitted_at: has('seconds') ? Math.floor(Date.now() / 1000) : Date.now(),
        },
      });
    };
    const state = (value) => {
      say({
        type: 'STATE',
        state: {
          type: 'STREAM',
          stream: { stream_descriptor: { name }, stream_state: value },
          sourceStats: { recordCount: since },
        },
      });
      since = 0;
    };
    status('STARTED');
    try {
      for (let token; ; ) {
        const page = await get('/groups', { page_token: token });
        for (const group of page.groups) {
          if (name === 'groups') record(group);
          else await readGroup(group.id, positions, record, state, failures);
        }
        token = page.nextPageToken;
        if (token === undefined) break;
      }
      if (name === 'groups') state({});
      else state({ groups: positions });
      if (failures.length > 0) throw failures[0];
      status('COMPLETE');
    } catch (error) {
      failed = true;
      fail(error, has('error-without-stream') ? undefined : name);
      status(has('complete-anyway') ? 'COMPLETE' : 'INCOMPLETE');
      if (has('stops-at-failure')) break;
    }
    failures.length = 0;
  }
  return failed && !has('exit-0') ? 1 : 0;
}

const failures = [];

/** One group from its position on: a time and the ids that were sent at it. */
async function readGroup(id, positions, record, state, failed) {
  if (has('read-once') && positions[id]) return;
  const position = positions[id] ?? { at: 0, ids: [] };
  try {
    if (has('by-offset')) return await readByOffset(id, positions, record, state);
    for (let token, since = position.at; ; ) {
      const page = await get(`/groups/${id}/items`, {
        since: has('after-max') && since > 0 ? since + 1 : since,
        page_token: token,
      });
      const fresh = page.items.filter(
        (item) => Date.parse(item.updated) > position.at || !position.ids.includes(item.id) || has('no-seen'),
      );
      if (has('state-ahead')) {
        const last = page.items.at(-1);
        if (last) positions[id] = { at: Date.parse(last.updated), ids: page.items.map((item) => item.id) };
        state({ groups: { ...positions } });
      }
      for (const item of fresh) record(item);
      for (const item of page.items) {
        const at = Date.parse(item.updated);
        if (at > position.at) Object.assign(position, { at, ids: [] });
        if (!position.ids.includes(item.id)) position.ids.push(item.id);
      }
      positions[id] = { at: position.at, ids: [...position.ids] };
      if (!has('state-ahead') && fresh.length > 0) state({ groups: { ...positions } });
      if (has('ends-at-repeat') && token !== undefined && token === page.nextPageToken) return;
      token = page.nextPageToken;
      if (token === undefined || has('one-page')) return;
    }
  } catch (error) {
    if (error.type === 'config_error' || has('stops-at-failure')) throw error;
    failed.push(error);
  }
}

/** The same by offset: rows are counted, and a page without anything new is asked for again. */
async function readByOffset(id, positions, record, state) {
  const sent = new Set();
  for (let offset = 0, again = 0; ; ) {
    const { items, total } = await get(`/groups/${id}/offset`, { offset, limit: 10 });
    const fresh = items.filter((item) => !sent.has(item.id));
    for (const item of fresh) {
      record(item);
      sent.add(item.id);
    }
    state({ groups: { ...positions } });
    const came = has('trusts-offsets') ? offset + items.length : sent.size;
    if (came >= total) return;
    if (fresh.length === 0 && !has('trusts-offsets')) {
      if (++again > 3) throw new Failure('pages bring nothing new', 'transient_error');
      continue;
    }
    again = 0;
    offset += items.length;
  }
}

function loadConfig() {
  try {
    config = JSON.parse(readFileSync(flag('--config'), 'utf8'));
  } catch (error) {
    throw new Failure(has('repeats-config') ? error.message : 'the config cannot be read', 'config_error');
  }
}

async function main() {
  if (verb === 'spec') {
    if (has('chatty')) for (let i = 0; i < 12; i++) log(`line ${i}`);
    say({ type: 'SPEC', spec: { connectionSpecification: spec } });
    return 0;
  }
  if (has('stderr')) process.stderr.write('water gate\n'.repeat(1000));
  loadConfig();
  if (verb === 'check') {
    try {
      if (!config.token) throw new Failure('token is required: make one in your account', 'config_error');
      await get('/whoami');
      say({ type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED' } });
    } catch (error) {
      if (has('check-crashes') || error.type !== 'config_error') throw error;
      say({
        type: 'CONNECTION_STATUS',
        connectionStatus: {
          status: 'FAILED',
          message: has('short-message') ? 'no' : `${error.message}: make a new one`,
        },
      });
    }
    return 0;
  }
  if (verb === 'discover') {
    say({ type: 'CATALOG', catalog });
    return 0;
  }
  if (verb === 'read') return read();
  return 2;
}

process.stdout.on('error', () => process.exit(1));
if (has('ignores-sigterm')) process.on('SIGTERM', () => undefined);
if (has('exits-143')) process.on('SIGTERM', () => process.exit(143));
let code;
try {
  code = await main();
} catch (error) {
  fail(error);
  code = has('exit-0') ? 0 : 1;
}
process.exitCode = code;
