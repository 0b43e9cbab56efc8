import { InvalidJsonError, isObject, Selection } from '@headrace/sdk/protocol';
import type { ConfiguredCatalog } from '../engine/connector.ts';
import { parseAsWritten } from '../engine/numbers.ts';
import { nameOf, type SingerCatalog } from './catalog.ts';

const message = new Selection({
  fields: { type: 'type', stream: 'stream', record: 'record', value: 'value', extracted: 'time_extracted' },
});

/** What a tap's lines become, and what is left to say at its end. */
export interface TapLines {
  /** The lines of the Airbyte protocol for one line of the tap, without newlines. A line that is no message stays as it is. */
  line(bytes: Buffer): Buffer[];
  /** Called if the tap exited with 0: the last state once more, if records followed it. */
  end(): Buffer[];
}

/**
 * Singer's messages as Airbyte's. A record keeps its bytes. A tap has one state for all streams, which becomes a GLOBAL
 * state: its value, with the number of records since the one before. SCHEMA and ACTIVATE_VERSION have no counterpart: the
 * schema is in the catalog, and a copy is complete when the tap exits with 0.
 */
export function tapLines(catalog: SingerCatalog, configured: ConfiguredCatalog, now: () => number): TapLines {
  const names = new Map<string, string>();
  // The specification allows both names in a RECORD, and taps use both. A stream's own id goes before another one's name.
  for (const one of catalog.streams) names.set(one.stream ?? one.tap_stream_id, nameOf(one, catalog));
  for (const one of catalog.streams) names.set(one.tap_stream_id, nameOf(one, catalog));
  const heads = new Map<string, string>();
  const streams = configured.streams.map(({ stream }) => ({ stream_descriptor: { name: stream.name } }));
  let records = 0;
  let last = '{}';

  const headOf = (name: string): string => {
    const known = heads.get(name);
    if (known !== undefined) return known;
    const head = `{"type":"RECORD","record":{"stream":${JSON.stringify(names.get(name) ?? name)},"emitted_at":`;
    heads.set(name, head);
    return head;
  };
  const state = (): Buffer => {
    const count = records;
    records = 0;
    const global = `{"shared_state":${last},"stream_states":${JSON.stringify(streams)}}`;
    return Buffer.from(
      `{"type":"STATE","state":{"type":"GLOBAL","global":${global},"sourceStats":{"recordCount":${count}}}}`,
    );
  };
  return {
    line(bytes) {
      let page: ReturnType<typeof message.scan>;
      try {
        page = message.scan(bytes);
      } catch (error) {
        if (!(error instanceof InvalidJsonError)) throw error;
        return [bytes];
      }
      const slice = (name: 'record' | 'value'): Buffer | undefined => {
        const span = page.fieldSpan(name);
        return span && page.bytes.subarray(...span);
      };
      const type = page.field('type');
      const stream = page.field('stream');
      const record = slice('record');
      const value = slice('value');
      if (type === 'RECORD' && typeof stream === 'string' && record) {
        records++;
        const at = emittedAt(page.field('extracted'), now);
        return [Buffer.concat([Buffer.from(`${headOf(stream)}${at},"data":`), record, Buffer.from('}}')])];
      }
      if (type === 'STATE' && value) {
        last = value.toString('utf8');
        return [state()];
      }
      if (type === 'SCHEMA' || type === 'ACTIVATE_VERSION') return [];
      if (type === 'BATCH') return [unsupported(now())];
      return [bytes];
    },
    end: () => (records > 0 ? [state()] : []),
  };
}

function emittedAt(extracted: unknown, now: () => number): number {
  const at = typeof extracted === 'string' ? Date.parse(extracted) : Number.NaN;
  return Number.isNaN(at) ? now() : at;
}

function unsupported(emitted_at: number): Buffer {
  const error = {
    message: 'the tap sends BATCH messages, whose records are in files of its own',
    failure_type: 'config_error',
    'x-headrace': { code: 'singer.batch', hint: 'leave batch_config out of its configuration' },
  };
  return Buffer.from(JSON.stringify({ type: 'TRACE', trace: { type: 'ERROR', emitted_at, error } }));
}

/**
 * The state that a tap gets: the value of its last STATE. A stream that is read whole starts without its bookmark: the tap
 * would continue in the middle of a copy that nobody has.
 * @param states a JSON list, as `read` gets it
 * @returns undefined if there is none
 */
export function tapState(
  states: string | undefined,
  catalog: SingerCatalog,
  configured: ConfiguredCatalog,
): string | undefined {
  if (states === undefined) return undefined;
  const list = parseAsWritten(states) as Array<{ state?: unknown; global?: { shared_state?: unknown } }>;
  const value = list.map((one) => (isObject(one.state) ? one.state : one)).findLast((one) => one.global)
    ?.global as { shared_state?: unknown } | undefined;
  const shared = value?.shared_state;
  if (!isObject(shared)) return undefined;
  const whole = new Set(
    configured.streams.filter((one) => one.sync_mode === 'full_refresh').map(({ stream }) => stream.name),
  );
  const fresh = catalog.streams
    .filter((one) => whole.has(nameOf(one, catalog)))
    .flatMap((one) => [one.tap_stream_id, one.stream ?? one.tap_stream_id]);
  const bookmarks = isObject(shared.bookmarks)
    ? {
        bookmarks: Object.fromEntries(
          Object.entries(shared.bookmarks).filter(([name]) => !fresh.includes(name)),
        ),
      }
    : {};
  return JSON.stringify({ ...shared, ...bookmarks });
}
