import type { Upstream } from '../upstream/upstream.ts';
import type { HostileFault } from './faults.ts';
import { isPlaceBefore, namesTheNext, placesOf } from './pages-of-a-list.ts';

/** Responses kept per path: more than the pages that one client requests there at the same time. */
const MOST_ANSWERS = 64;

/** A request, identified by its line and body. */
export interface MemoryRequest {
  readonly key: string;
  readonly url: string;
  readonly body: string;
}

interface Kept {
  readonly request: MemoryRequest;
  readonly answer: Upstream;
}

/** Earlier responses, for faults that repeat one. */
export class AnswerMemory {
  readonly #byPath = new Map<string, Kept[]>();
  readonly #first = new Map<string, Upstream>();

  /** Keeps a good response. */
  keep(path: string, request: MemoryRequest, answer: Upstream): void {
    const kept = this.#byPath.get(path) ?? [];
    this.#byPath.set(path, kept);
    kept.push({ request, answer });
    if (kept.length > MOST_ANSWERS) kept.shift();
    if (!this.#first.has(request.key)) this.#first.set(request.key, answer);
  }

  /** The response that a fault repeats; undefined if there is none to repeat. */
  recall(kind: HostileFault['kind'], path: string, request: MemoryRequest): Upstream | undefined {
    if (kind === 'stale') return this.#first.get(request.key);
    // A response may also name its own request.
    const others = (this.#byPath.get(path) ?? []).filter((kept) => kept.request.key !== request.key);
    const named = others.findLast(({ answer }) => namesTheNext(answer, request));
    return (named ?? this.#before(others, request))?.answer;
  }

  /** For a list paged by numbers: the nearest earlier page. */
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
