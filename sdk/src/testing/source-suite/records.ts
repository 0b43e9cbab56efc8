import { Buffer } from 'node:buffer';
import type { CatalogStream, JsonObject } from '../../protocol/messages.ts';
import { Selection } from '../../protocol/selection.ts';
import type { SentRecord } from '../process/output.ts';
import type { SourceSuiteOptions } from './options.ts';

/** A record with its identity. */
interface Known {
  readonly id: string;
  /** Its content, without members that differ from read to read. */
  readonly content: string;
}

/** Identifies records of the tested streams and compares the results of two reads. */
export class RecordBook {
  readonly #streams: ReadonlyMap<string, CatalogStream>;
  readonly #volatile: SourceSuiteOptions['volatile'];
  /** Cached, because one read is compared with many. */
  readonly #read = new WeakMap<SentRecord, Known>();
  readonly #keys = new Map<string, ((text: string) => string) | undefined>();

  constructor(streams: readonly CatalogStream[], { volatile }: SourceSuiteOptions) {
    this.#streams = new Map(streams.map((stream) => [stream.name, stream]));
    this.#volatile = volatile;
  }

  /**
   * Records that `got` lacks, or does not have in the final version of `expected`. Repeated records don't matter:
   * delivery is at least once.
   */
  missing(expected: readonly SentRecord[], got: readonly SentRecord[]): string[] {
    const last = new Map(got.map((record) => this.#known(record)).map(({ id, content }) => [id, content]));
    const wanted = new Map(
      expected.map((record) => this.#known(record)).map(({ id, content }) => [id, content]),
    );
    const findings: string[] = [];
    for (const [id, content] of wanted) {
      const found = last.get(id);
      if (found === undefined) findings.push(`missing: ${id}`);
      else if (found !== content) findings.push(`altered: ${id}`);
    }
    return findings;
  }

  /** The records of `before` that are unchanged in `after`. */
  unchanged(before: readonly SentRecord[], after: readonly SentRecord[]): SentRecord[] {
    const last = new Map(after.map((record) => this.#known(record)).map(({ id, content }) => [id, content]));
    return before.filter((record) => {
      const { id, content } = this.#known(record);
      return last.get(id) === content;
    });
  }

  /** Like `missing`, plus records that should not have come. */
  differences(expected: readonly SentRecord[], got: readonly SentRecord[]): string[] {
    const known = new Set(expected.map((record) => this.#known(record).id));
    const others = got.map((record) => this.#known(record).id).filter((id) => !known.has(id));
    return [...this.missing(expected, got), ...others.map((id) => `unexpected: ${id}`)];
  }

  /** The records of streams that are read incrementally. */
  incremental(records: readonly SentRecord[]): SentRecord[] {
    return records.filter(({ stream }) =>
      this.#streams.get(stream)?.supported_sync_modes.includes('incremental'),
    );
  }

  #known(record: SentRecord): Known {
    const known = this.#read.get(record) ?? this.#look(record);
    this.#read.set(record, known);
    return known;
  }

  #look({ stream, text }: SentRecord): Known {
    const volatile = this.#volatile?.[stream] ?? [];
    const id = this.#keyOf(stream)?.(text) ?? text;
    if (volatile.length === 0) return { id: `${stream} ${id}`, content: text };
    const data = JSON.parse(text) as JsonObject;
    const kept = Object.entries(data).filter(([name]) => !volatile.includes(name));
    return { id: `${stream} ${id}`, content: JSON.stringify(kept) };
  }

  /** By their bytes: two ids of 19 digits may be the same double. */
  #keyOf(stream: string): ((text: string) => string) | undefined {
    if (!this.#keys.has(stream)) this.#keys.set(stream, keyReader(this.#streams.get(stream)));
    return this.#keys.get(stream);
  }
}

function keyReader(stream: CatalogStream | undefined): ((text: string) => string) | undefined {
  const paths = (stream?.source_defined_primary_key ?? []).map((path) => path.join('.'));
  if (paths.length === 0) return undefined;
  const selection = new Selection({
    records: '.',
    record: Object.fromEntries(paths.map((path) => [path, path])),
  });
  return (text) => {
    const page = selection.scan(Buffer.from(text));
    return paths
      .map((path) => (page.has(0, path) ? Buffer.from(page.raw(0, path)).toString() : 'undefined'))
      .join(' ');
  };
}
