import { formsOf, type Letters, partsOf } from './secret-forms.ts';

const SHORTEST = 8;
/** What stands where a secret stood. */
export const MASK = '****';

/**
 * Scrubs known secret values from what is said, in each form in which they travel (invariant 6): as they are, escaped,
 * in a URL or a form, base64 also of something longer, hexadecimal; of a secret of several lines each line. Values
 * under 8 characters are left alone: they would hide words. Scrub a text before it is cut.
 */
export class Secrets {
  readonly #known = new Set<string>();
  readonly #forms: Form[] = [];
  /** Finds where a form may begin. */
  #beginnings: RegExp | undefined;

  constructor(values: Iterable<string> = []) {
    this.add(values);
  }

  /** Adds values, e.g. an access token that was just fetched. */
  add(values: Iterable<string>): void {
    for (const part of [...values].flatMap(partsOf)) {
      if (part.length < SHORTEST || this.#known.has(part)) continue;
      this.#known.add(part);
      this.#forms.push(...formsOf(part).map((letters) => new Form(letters)));
      this.#beginnings = undefined;
    }
  }

  scrub(text: string): string {
    if (this.#forms.length === 0) return text;
    let out = '';
    let hidden = 0;
    for (const [start, end] of this.#found(text)) {
      // Of two that overlap no end may stay.
      if (start >= hidden) out += `${text.slice(hidden, start)}${MASK}`;
      hidden = Math.max(hidden, end);
    }
    return hidden === 0 ? text : out + text.slice(hidden);
  }

  /**
   * A copy of a JSON value with its strings scrubbed; keys, numbers and truth values stay.
   * @param names members whose strings (or lists of strings) are identifiers, and stay
   */
  scrubValue<T>(value: T, names?: ReadonlySet<string>): T {
    if (this.#forms.length === 0) return value;
    const walk = (item: unknown, isName: boolean): unknown => {
      if (typeof item === 'string') return isName ? item : this.scrub(item);
      if (Array.isArray(item)) return item.map((one) => walk(one, isName));
      if (!isPlainObject(item)) return item;
      return Object.fromEntries(
        Object.entries(item).map(([key, one]) => [key, walk(one, names?.has(key) ?? false)]),
      );
    };
    return walk(value, false) as T;
  }

  *#found(text: string): Generator<readonly [number, number]> {
    this.#beginnings ??= new RegExp(
      beginnings(this.#forms.map(({ letters }) => letters.slice(0, BEGINNING))),
      'g',
    );
    const pattern = this.#beginnings;
    const candidates = new Map<string, Form[]>();
    pattern.lastIndex = 0;
    for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
      const start = found.index;
      const letter = text[start] as string;
      const forms = candidates.get(letter) ?? this.#forms.filter((form) => form.mayBeginWith(letter));
      candidates.set(letter, forms);
      const end = forms.reduce((furthest, form) => Math.max(furthest, form.endIn(text, start)), 0);
      if (end > start) yield [start, end];
      pattern.lastIndex = start + 1;
    }
  }
}

/** So many letters are looked for at each position of a text. */
const BEGINNING = 8;
/** Half of a form, but no less, is enough to say that a secret stands there: somebody may have cut it. */
const ENOUGH = 16;

/** Compares a text with one form of a secret. */
class Form {
  readonly letters: Letters;
  #beginning: RegExp | undefined;

  constructor(letters: Letters) {
    this.letters = letters;
  }

  /** False where another letter stands. */
  mayBeginWith(letter: string): boolean {
    const first = this.letters[0] as string;
    return first.length > 1 || first === letter;
  }

  /** Where the form ends that begins at `start`, as far as it is there; 0 if it is not. */
  endIn(text: string, start: number): number {
    const { letters } = this;
    this.#beginning ??= new RegExp(letters.slice(0, ENOUGH).join(''), 'y');
    let end = endOf(this.#beginning, text, start);
    let k = ENOUGH;
    // Letter by letter: a long secret would be too much for one pattern.
    for (; end > 0 && k < letters.length; k++) {
      const next = endOf(letterPattern(letters[k] as string), text, end);
      if (next === 0) break;
      end = next;
    }
    return k < letters.length >> 1 ? 0 : end;
  }
}

/** Where a sticky pattern ends that begins at `start`; 0 if it is not there. */
function endOf(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : 0;
}

const letterPatterns = new Map<string, RegExp>();

/** What only some of the forms have is the same few escapes. */
function letterPattern(letter: string): RegExp {
  const known = letterPatterns.get(letter) ?? new RegExp(letter, 'y');
  letterPatterns.set(letter, known);
  return known;
}

/** Not a number as it is written (JSON.rawJSON), which has no prototype either. */
function isPlainObject(item: unknown): item is object {
  if (typeof item !== 'object' || item === null || isRawJSON(item)) return false;
  const prototype: unknown = Object.getPrototypeOf(item);
  return prototype === Object.prototype || prototype === null;
}

const { isRawJSON } = JSON as unknown as { isRawJSON(value: unknown): boolean };

/** So many letters are a tree: a position of the text meets few forms. */
const DEPTH = 3;

function beginnings(forms: readonly Letters[], depth = DEPTH): string {
  if (depth === 0 || forms.length === 1) return [...new Set(forms.map((form) => form.join('')))].join('|');
  const byFirst = Map.groupBy(forms, ([first = '']) => first);
  return [...byFirst]
    .map(([first, those]) => {
      const rest = those.map((form) => form.slice(1));
      return `${first}(?:${beginnings(rest, depth - 1)})`;
    })
    .join('|');
}
