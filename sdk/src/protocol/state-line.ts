import { Buffer } from 'node:buffer';
import { isEmptyObject } from './message-writer.ts';
import type { StreamDescriptor } from './messages.ts';
import { minify } from './minify.ts';
import { Selection } from './selection.ts';

/** A state to commit, in the platform's format and in the source's own bytes. */
export interface StateToCommit {
  readonly kind: 'STREAM' | 'GLOBAL' | 'LEGACY';
  /** Set for a STREAM state. */
  readonly stream: StreamDescriptor | undefined;
  /** `{"type":"STREAM","stream":{…}}`: without counts, ids and other members of the line. */
  readonly json: string;
}

/** What a destination has stored and put into quarantine since the previous state. */
export interface DestinationStats {
  readonly recordCount: number;
  /** Absent if nothing was put into quarantine. */
  readonly rejectedRecordCount?: number;
}

const selection = new Selection({
  fields: {
    state: 'state',
    type: 'state.type',
    stream: 'state.stream',
    descriptor: 'state.stream.stream_descriptor',
    global: 'state.global',
    // PyAirbyte writes the name of its Python attribute.
    global_: 'state.global_',
    data: 'state.data',
    sourceStats: 'state.sourceStats',
    count: 'state.sourceStats.recordCount',
    stats: 'state.destinationStats',
    stored: 'state.destinationStats.recordCount',
    rejected: 'state.destinationStats.rejectedRecordCount',
  },
});
type StatePage = ReturnType<typeof selection.scan>;

/** A STATE line: what it covers, the source's record count, and its bytes. */
export class StateLine {
  readonly commit: StateToCommit;
  /** `sourceStats.recordCount` (5.0 counts as 5); undefined if the source did not count. */
  readonly sourceCount: number | undefined;
  readonly #page: StatePage;

  private constructor(page: StatePage, commit: StateToCommit) {
    this.#page = page;
    this.commit = commit;
    this.sourceCount = countOf(page.field('count'));
  }

  /** The line, without its newline. */
  get bytes(): Buffer {
    return this.#page.bytes;
  }

  /** For an echo: what the destination stored and put into quarantine; undefined if it does not count. */
  get destinationStats(): DestinationStats | undefined {
    const recordCount = countOf(this.#page.field('stored'));
    if (recordCount === undefined) return undefined;
    return { recordCount, rejectedRecordCount: countOf(this.#page.field('rejected')) ?? 0 };
  }

  /**
   * @returns undefined if the line is not a state that says what it covers
   * @throws InvalidJsonError if it is not JSON
   */
  static read(line: Buffer): StateLine | undefined {
    // A copy: the state waits for its commit, and a slice would keep the whole batch of input alive. Raw carriage
    // returns are removed, because a reader with universal newlines would split the line there.
    const bytes = line.includes(0x0d) ? Buffer.from(minify(line, 0, line.length)) : Buffer.from(line);
    const page: StatePage = selection.scan(bytes);
    const commit = toCommit(page);
    return commit && new StateLine(page, commit);
  }

  /** The line with `destinationStats` added and everything else unchanged, including its id and unknown fields. */
  echo(stats: DestinationStats): Buffer {
    return this.#with('stats', 'destinationStats', JSON.stringify(stats));
  }

  /** The line with a different source count and everything else unchanged. */
  withSourceCount(recordCount: number): Buffer {
    const there = this.#page.fieldSpan('count');
    if (there) return splice(this.#page.bytes, there, String(recordCount));
    return this.#with('sourceStats', 'sourceStats', JSON.stringify({ recordCount }));
  }

  #with(field: 'stats' | 'sourceStats', key: string, json: string): Buffer {
    const { bytes } = this.#page;
    const there = this.#page.fieldSpan(field);
    if (there) return splice(bytes, there, json);
    const [start, end] = this.#page.fieldSpan('state')!;
    const comma = isEmptyObject(bytes.subarray(start, end)) ? '' : ',';
    return splice(bytes, [end - 1, end - 1], `${comma}"${key}":${json}`);
  }
}

/**
 * Reads a state in the platform's format (`{"type":"STREAM","stream":{…}}`) or a whole STATE message. The result
 * is what a destination that stores states commits: the source's own bytes, without counts, ids and commit number.
 * @returns undefined if the text is not a state that says what it covers
 * @throws InvalidJsonError if it is not JSON
 */
export function readState(json: string): StateToCommit | undefined {
  const whole = Buffer.from(json);
  const message = StateLine.read(whole);
  return message?.commit ?? StateLine.read(Buffer.from(`{"type":"STATE","state":${json}}`))?.commit;
}

/** Compared as numbers: PyAirbyte sends 5.0, others send "5". */
function countOf(value: unknown): number | undefined {
  const count = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof count === 'number' && Number.isFinite(count) ? count : undefined;
}

function splice(bytes: Buffer, [from, to]: [number, number], text: string): Buffer {
  return Buffer.concat([bytes.subarray(0, from), Buffer.from(text), bytes.subarray(to)]);
}

function toCommit(page: StatePage): StateToCommit | undefined {
  const slice = (field: 'stream' | 'global' | 'global_' | 'data'): string | undefined => {
    const span = page.fieldSpan(field);
    const text = span && page.bytes.toString('utf8', ...span);
    return text === 'null' ? undefined : text;
  };
  const state = page.fieldSpan('state');
  if (!state || page.bytes[state[0]] !== 0x7b) return undefined;
  const stream = slice('stream');
  const global = slice('global') ?? slice('global_');
  // Without a type, go by the content. If it were treated as LEGACY, one stream's state would replace all others.
  const kind = page.field('type') ?? (stream ? 'STREAM' : global ? 'GLOBAL' : 'LEGACY');
  if (kind === 'STREAM' && stream) {
    const descriptor = page.field('descriptor') as { name?: unknown; namespace?: unknown } | null | undefined;
    if (typeof descriptor?.name !== 'string') return undefined;
    const namespace =
      typeof descriptor.namespace === 'string' && descriptor.namespace !== ''
        ? descriptor.namespace
        : undefined;
    const named: StreamDescriptor =
      namespace === undefined ? { name: descriptor.name } : { name: descriptor.name, namespace };
    return { kind, stream: named, json: `{"type":"STREAM","stream":${stream}}` };
  }
  if (kind === 'GLOBAL' && global)
    return { kind, stream: undefined, json: `{"type":"GLOBAL","global":${global}}` };
  if (kind === 'LEGACY' && page.fieldSpan('data'))
    return { kind, stream: undefined, json: `{"type":"LEGACY","data":${slice('data') ?? 'null'}}` };
  return undefined;
}
