import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostileSourceOptions, SourceSin } from './options.ts';
import { die, flag, type Output, storm } from './process.ts';

const NOW = 1_763_680_000_000;

/** A source that follows the protocol except for the faults in `sins`. */
export async function hostileSource(
  options: HostileSourceOptions,
  verb: string,
  out: Output,
): Promise<number> {
  const { streams = ['a', 'b'] } = options;
  const catalog = streams.map((name) => ({
    name,
    json_schema: {
      type: 'object',
      properties: { id: { type: 'integer' }, stream: { type: 'string' }, text: { type: 'string' } },
      additionalProperties: true,
    },
    supported_sync_modes: ['full_refresh', 'incremental'],
    source_defined_cursor: true,
    default_cursor_field: ['id'],
    source_defined_primary_key: [['id']],
  }));
  switch (verb) {
    case 'spec':
      out.say({
        type: 'SPEC',
        spec: { connectionSpecification: { type: 'object', properties: {}, additionalProperties: true } },
      });
      return 0;
    case 'check':
      out.say({ type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED' } });
      return 0;
    case 'discover':
      out.say({ type: 'CATALOG', catalog: { streams: catalog } });
      return 0;
    case 'read':
      return read(options, streams, out);
    default:
      return 1;
  }
}

async function read(options: HostileSourceOptions, all: readonly string[], out: Output): Promise<number> {
  const { records = 100, every = 20, pauseMs = 0, dies } = options;
  const has = (sin: SourceSin): boolean => options.sins?.includes(sin) ?? false;
  if (has('ignores-sigterm')) process.on('SIGTERM', () => undefined);
  if (has('stderr-storm')) storm();
  const names = selected() ?? all;
  const saved = positions();
  const status = (name: string, said: string): void => {
    if (has('no-statuses')) return;
    out.say(trace({ type: 'STREAM_STATUS', stream_status: { stream_descriptor: { name }, status: said } }));
  };
  let sent = 0;
  for (const name of names) status(name, 'STARTED');
  for (const name of names) {
    let since = 0;
    const state = (at: number): void => {
      stateOf(out, has, name, at, since);
      since = 0;
    };
    const record = (id: number): void => {
      out.line(recordLine(has, name, id));
      since++;
      if (++sent === dies?.records) die(dies);
    };
    for (let id = saved.get(name) ?? 0; id < records; id++) {
      if (id === 0) status(name, 'RUNNING');
      record(id);
      if (has('repeats-records') && id % 7 === 0) record(id);
      if (has('garbage') && id % 10 === 3) for (const line of GARBAGE) out.line(line);
      if (has('odd-messages') && id % 10 === 5) for (const line of ODD) out.line(line);
      if (has('empty-records') && id % 10 === 7)
        for (const data of ['{}', 'null', '17']) {
          out.line(`{"type":"RECORD","record":{"stream":"${name}","emitted_at":${NOW},"data":${data}}}`);
          since++;
        }
      if ((id + 1) % every === 0) state(id + 1);
      if (pauseMs > 0) await sleep(pauseMs);
    }
    if (has('foreign-records')) out.line(recordLine(has, 'nobody_asked', 1));
    if (has('exit-0-after-failure')) {
      const error = { message: 'it failed', failure_type: 'system_error', stream_descriptor: { name } };
      out.say(trace({ type: 'ERROR', error }));
      status(name, 'INCOMPLETE');
      continue;
    }
    state(records);
    if (!has('no-complete')) status(name, 'COMPLETE');
    if (has('records-after-complete')) record(records);
  }
  if (has('no-newline-at-end')) out.text(recordLine(has, names[0]!, records + 1));
  if (options.lingersMs) await sleep(options.lingersMs);
  return 0;
}

function recordLine(has: (sin: SourceSin) => boolean, stream: string, id: number): string {
  const text = has('huge-line') && id === 1 ? 'x'.repeat(5_000_000) : `record ${id} größe 🚀`;
  const gap = has('carriage-returns') ? '\r' : '';
  const data = `{"id":${id},${gap}"stream":${JSON.stringify(stream)},"text":"${text}"}`;
  return `{"type":"RECORD","record":{"stream":${JSON.stringify(stream)},"emitted_at":${NOW},"data":${data}}}`;
}

function stateOf(
  out: Output,
  has: (sin: SourceSin) => boolean,
  name: string,
  at: number,
  since: number,
): void {
  if (has('no-states')) return;
  const recordCount = since + (has('counts-too-many') ? 1 : 0) - (has('counts-too-few') ? 1 : 0);
  const stats = has('no-counts') ? {} : { sourceStats: { recordCount } };
  const value = has('equal-states') ? { at: 0 } : { at };
  if (has('legacy-states')) {
    out.say({ type: 'STATE', state: { data: { [name]: value }, ...stats } });
    return;
  }
  if (has('mixed-states') && at % 40 === 0) {
    const stream_states = [{ stream_descriptor: { name }, stream_state: value }];
    out.say({
      type: 'STATE',
      state: { type: 'GLOBAL', global: { shared_state: {}, stream_states }, ...stats },
    });
    return;
  }
  const descriptor = has('foreign-state') ? { name: 'nobody_asked' } : { name };
  out.say({
    type: 'STATE',
    state: { type: 'STREAM', stream: { stream_descriptor: descriptor, stream_state: value }, ...stats },
  });
}

const trace = (body: object): object => ({ type: 'TRACE', trace: { emitted_at: NOW, ...body } });

const GARBAGE = [
  'INFO starting',
  '',
  '{"type":"RECORD","record":',
  '[1,2]',
  'null',
  '{"level":30,"msg":"pino"}',
];
const ODD = [
  '{"type":"LOG","log":{"level":"INFO","message":"x"},"record":null,"trace":null}',
  '{"type":"WEATHER","weather":"fine"}',
  `{"type":"TRACE","trace":{"type":"ANALYTICS","emitted_at":${NOW}.5,"analytics":{"type":"x"}}}`,
];

/** The streams of the configured catalog, or undefined without one. */
function selected(): string[] | undefined {
  const file = flag('--catalog');
  if (file === undefined) return undefined;
  const { streams } = JSON.parse(readFileSync(file, 'utf8')) as {
    streams: Array<{ stream: { name: string } }>;
  };
  return streams.map(({ stream }) => stream.name);
}

/** Where each stream resumes, according to the state file. */
function positions(): Map<string, number> {
  const file = flag('--state');
  const found = new Map<string, number>();
  if (file === undefined) return found;
  const text = readFileSync(file === '-' ? 0 : file, 'utf8').trim();
  const states: unknown = text === '' ? [] : JSON.parse(text);
  for (const state of Array.isArray(states) ? states : []) {
    const { stream } = state as {
      stream?: { stream_descriptor: { name: string }; stream_state?: { at?: number } };
    };
    if (stream?.stream_state?.at !== undefined)
      found.set(stream.stream_descriptor.name, stream.stream_state.at);
  }
  return found;
}
