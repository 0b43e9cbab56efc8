import { type JsonObject, MessageReader } from '@headrace/sdk/protocol';
import type { ConfiguredCatalog } from '../engine/connector.ts';
import { parseAsWritten } from '../engine/numbers.ts';

/** What a target gets, and what its answers mean. */
export interface TargetLines {
  /** Its first lines: the schema of each stream, without newlines. */
  begin(): Buffer[];
  /** The lines for one line of the Airbyte protocol. */
  line(bytes: Buffer): Buffer[];
  /** The echoes that a line of its output stands for; undefined if it is no state of ours. */
  answer(bytes: Buffer): Buffer[] | undefined;
  /** Called if it exited with 0: it has stored everything. The states that it has not confirmed by then. */
  end(): Buffer[];
}

/**
 * Airbyte's messages as Singer's. A record keeps its bytes. A target prints a state when everything before it is stored; the
 * states of a source are numbered for it, so that each can be echoed as it was.
 */
export function targetLines(configured: ConfiguredCatalog): TargetLines {
  const reader = new MessageReader();
  const pending: Array<{ readonly number: number; readonly line: Buffer }> = [];
  let number = 0;
  const names = new Map<string, string>();
  const heads = new Map<string, string>();

  const nameOf = (name: string, namespace: string | null | undefined) =>
    namespace ? `${namespace}-${name}` : name;
  const take = (until: number): Buffer[] => {
    const count = pending.findIndex((one) => one.number > until);
    return pending.splice(0, count === -1 ? pending.length : count).map(({ line }) => line);
  };
  return {
    begin: () =>
      configured.streams.map(({ stream, primary_key, cursor_field, destination_sync_mode }) => {
        const name = nameOf(stream.name, stream.namespace);
        names.set(stream.name, name);
        // With a key a target keeps one record for each key: that is append_dedup.
        const keys = destination_sync_mode === 'append_dedup' ? (primary_key ?? []) : [];
        return json({
          type: 'SCHEMA',
          stream: name,
          schema: { type: 'object', ...stream.json_schema },
          key_properties: keys.flatMap(([key]) => key ?? []),
          ...(cursor_field?.[0] ? { bookmark_properties: [cursor_field[0]] } : {}),
        });
      }),
    line(bytes) {
      const read = reader.read(bytes, 0, bytes.length);
      if (read.kind === 'record') {
        const name = nameOf(read.stream, read.namespace);
        const head = heads.get(name) ?? `{"type":"RECORD","stream":${JSON.stringify(name)},"record":`;
        heads.set(name, head);
        const at =
          read.emittedAt === undefined ? '' : `,"time_extracted":"${new Date(read.emittedAt).toISOString()}"`;
        return [Buffer.concat([Buffer.from(head), read.data, Buffer.from(`${at}}`)])];
      }
      if (read.kind === 'state') {
        pending.push({ number: ++number, line: Buffer.from(read.state.bytes) });
        return [json({ type: 'STATE', value: { headrace: { state: number } } })];
      }
      return [];
    },
    answer(bytes) {
      const until = numberIn(bytes.toString('utf8'));
      return until === undefined ? undefined : take(until);
    },
    end: () => take(Number.POSITIVE_INFINITY),
  };
}

/** Some targets print the value of a STATE, others the whole message. */
function numberIn(text: string): number | undefined {
  const found = /"headrace"\s*:\s*\{\s*"state"\s*:\s*(\d+)\s*\}/.exec(text);
  if (!found) return undefined;
  try {
    parseAsWritten(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return Number(found[1]);
}

function json(value: JsonObject): Buffer {
  return Buffer.from(JSON.stringify(value));
}
