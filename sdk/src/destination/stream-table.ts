import type { LostData } from '../protocol/broken-line.ts';
import type { ConfiguredCatalog, ConfiguredStream } from '../protocol/catalog.ts';
import { type StreamDescriptor, streamKey } from '../protocol/messages.ts';
import { TrackedStream } from './tracked-stream.ts';
import type { StreamCounts } from './writer.ts';

/** All streams of a run, found by name without building a key per record. */
export class StreamTable {
  readonly #byNamespace = new Map<string, Map<string, TrackedStream>>();
  readonly #all: TrackedStream[] = [];
  readonly #asked: ReadonlyMap<string, ConfiguredStream> | undefined;
  #last: TrackedStream | undefined;
  /** Whether a line that could belong to any stream could not be read. */
  #isDoubtful = false;

  constructor(catalog: ConfiguredCatalog | undefined) {
    this.#asked = catalog && new Map(catalog.streams.map((asked) => [streamKey(asked), asked]));
  }

  /** The stream with this name; a new one if it was not seen before. */
  get(name: string, namespace: string | null | undefined): TrackedStream {
    const last = this.#last;
    if (last && last.stream.name === name && (last.stream.namespace ?? '') === (namespace ?? '')) return last;
    let names = this.#byNamespace.get(namespace ?? '');
    if (!names) {
      names = new Map();
      this.#byNamespace.set(namespace ?? '', names);
    }
    let stream = names.get(name);
    if (!stream) {
      const asked = this.#asked?.get(streamKey({ name, namespace }));
      const outside = this.#asked !== undefined && asked === undefined;
      stream = new TrackedStream(namespace ? { name, namespace } : { name }, asked, outside);
      stream.damaged = this.#isDoubtful;
      names.set(name, stream);
      this.#all.push(stream);
    }
    this.#last = stream;
    return stream;
  }

  /**
   * Notes a line that contains data and cannot be read. It is missing in the streams that it names. If it names none,
   * or one that is not in the catalog, it is missing in every stream that was not complete before it.
   * @returns the streams under which it is quarantined: those that it names, otherwise one with the name `''`
   */
  miss(lost: LostData): TrackedStream[] {
    const named = lost.streams.map(({ name, namespace }) => this.get(name, namespace));
    const isKnown = named.length > 0 && named.every(({ outside }) => !outside);
    const all = isKnown ? named : this.#missAnywhere(lost);
    // Their sum is what the line contained (invariant 5).
    all.forEach((stream, i) => {
      stream.miss(lost, Math.floor((lost.records + all.length - 1 - i) / all.length));
    });
    return all;
  }

  #missAnywhere(lost: LostData): TrackedStream[] {
    const nobody = this.get('', undefined);
    for (const stream of this.#all) if (stream !== nobody && !stream.complete) stream.miss(lost, 0);
    this.#isDoubtful = true;
    return [nobody];
  }

  /** What became of each stream's covered records. */
  counts(): Map<StreamDescriptor, StreamCounts> {
    return new Map(this.#all.map(({ stream, total }) => [stream, { ...total }]));
  }

  /** In the order of their first appearance. */
  all(): readonly TrackedStream[] {
    return this.#all;
  }
}
