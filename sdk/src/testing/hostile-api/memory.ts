import type { Upstream } from '../upstream/upstream.ts';
import type { HostileFault } from './faults.ts';

/** Answers kept per path: more than the pages that one client has under way there. */
const MOST_ANSWERS = 64;
/** Shorter values (a limit, an offset) stand in an answer by chance. */
const SHORTEST_TOKEN = 8;

/** What was answered before, for faults that say it again. */
export class AnswerMemory {
  readonly #byPath = new Map<string, Upstream[]>();
  readonly #first = new Map<string, Upstream>();

  /** A good answer went out. @param key the request, with its body */
  keep(path: string, key: string, answer: Upstream): void {
    const answers = this.#byPath.get(path) ?? [];
    this.#byPath.set(path, answers);
    answers.push(answer);
    if (answers.length > MOST_ANSWERS) answers.shift();
    if (!this.#first.has(key)) this.#first.set(key, answer);
  }

  /** What a fault says instead of the real answer; undefined where it knows nothing that it could say. */
  recall(
    kind: HostileFault['kind'],
    path: string,
    key: string,
    { url, body }: { url: string; body: string },
  ): Upstream | undefined {
    if (kind === 'stale') return this.#first.get(key);
    const tokens = tokensOf(url, body).map((token) => `"${token}"`);
    if (tokens.length === 0) return undefined;
    return this.#byPath.get(path)?.findLast((answer) => {
      const text = answer.body.toString('utf8');
      return tokens.some((token) => text.includes(token));
    });
  }
}

/** Values of a query and texts of a JSON body that may be a page token; what is a word in plain letters is none. */
function tokensOf(url: string, body: string): string[] {
  const values = [...new URL(url, 'http://localhost').searchParams.values()];
  for (const [, value] of body.matchAll(/:\s*"([^"\\]*)"/g)) values.push(value!);
  return values.filter((value) => value.length >= SHORTEST_TOKEN && !/^[a-z]+(-[a-z]+)*$/i.test(value));
}
