import type { WriteCatalog } from './modes.ts';
import { TrackedStream } from './tracked-stream.ts';

/** All streams of a run, found by name without a key being built per record. */
export class StreamTable {
  readonly #byNamespace = new Map<string, Map<string, TrackedStream>>();
  readonly #all: TrackedStream[] = [];
  readonly #listed: Set<string> | undefined;
  #last: TrackedStream | undefined;

  constructor(catalog: WriteCatalog | undefined) {
    this.#listed =
      catalog && new Set(catalog.streams.map(({ stream }) => key(stream.name, stream.namespace ?? '')));
  }

  /** The stream of that name; a new one where it was not seen before. */
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
      const outside = this.#listed !== undefined && !this.#listed.has(key(name, namespace ?? ''));
      stream = new TrackedStream(namespace ? { name, namespace } : { name }, outside);
      names.set(name, stream);
      this.#all.push(stream);
    }
    this.#last = stream;
    return stream;
  }

  /** In the order in which they were first heard of. */
  all(): readonly TrackedStream[] {
    return this.#all;
  }
}

function key(name: string, namespace: string): string {
  return JSON.stringify([namespace, name]);
}
