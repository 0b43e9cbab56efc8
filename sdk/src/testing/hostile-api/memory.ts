import type { Upstream } from '../upstream/upstream.ts';
import type { HostileFault } from './faults.ts';
import { isPlaceBefore, namesTheNext, placesOf } from './pages-of-a-list.ts';

/** Answers kept per path: more than the pages that one client has under way there. */
const MOST_ANSWERS = 64;

/** A request: its line and body together tell it from others. */
export interface MemoryRequest {
  readonly key: string;
  readonly url: string;
  readonly body: string;
}

interface Kept {
  readonly request: MemoryRequest;
  readonly answer: Upstream;
}

/** What was answered before, for faults that say it again. */
export class AnswerMemory {
  readonly #byPath = new Map<string, Kept[]>();
  readonly #first = new Map<string, Upstream>();

  /** A good answer went out. */
  keep(path: string, request: MemoryRequest, answer: Upstream): void {
    const kept = this.#byPath.get(path) ?? [];
    this.#byPath.set(path, kept);
    kept.push({ request, answer });
    if (kept.length > MOST_ANSWERS) kept.shift();
    if (!this.#first.has(request.key)) this.#first.set(request.key, answer);
  }

  /** What a fault says instead of the real answer; undefined where it knows nothing that it could say. */
  recall(kind: HostileFault['kind'], path: string, request: MemoryRequest): Upstream | undefined {
    if (kind === 'stale') return this.#first.get(request.key);
    // An answer may name its own request too.
    const others = (this.#byPath.get(path) ?? []).filter((kept) => kept.request.key !== request.key);
    const named = others.findLast(({ answer }) => namesTheNext(answer, request));
    return (named ?? this.#before(others, request))?.answer;
  }

  /** Of a list that is paged by numbers: the nearest page before this one. */
  #before(others: readonly Kept[], { url, body }: MemoryRequest): Kept | undefined {
    const places = placesOf(url, body);
    let nearest: { readonly kept: Kept; readonly at: number } | undefined;
    for (const kept of others) {
      const at = isPlaceBefore(placesOf(kept.request.url, kept.request.body), places);
      if (at !== undefined && (nearest === undefined || at >= nearest.at)) nearest = { kept, at };
    }
    return nearest?.kept;
  }
}
