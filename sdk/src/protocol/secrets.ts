import { formsOf, type Letters, partsOf } from './secret-forms.ts';

const SHORTEST = 8;
/** Replaces a secret. */
export const MASK = '****';

/**
 * Scrubs known secrets from output, in every form in which they may appear (invariant 6): plain, escaped, in a URL
 * or form, in base64 (also inside something longer), in hexadecimal; for a multi-line secret, each line. Values
 * under 8 characters are left alone, because they would hide ordinary words. Always scrub a text before cutting
 * it.
 */
export class Secrets {
  readonly #known = new Set<string>();
  readonly #forms: Form[] = [];
  /** Matches wherever a form may begin. */
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
      // If two secrets overlap, the end of neither may remain.
      if (start >= hidden) out += `${text.slice(hidden, start)}${MASK}`;
      hidden = Math.max(hidden, end);
    }
    return hidden === 0 ? text : out + text.slice(hidden);
  }

  /**
   * A copy of a JSON value with its strings scrubbed. Keys, numbers and booleans are kept.
   * @param names members whose strings (or lists of strings) are identifiers and are kept
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

/** How many characters of a form are compared at each position of a text. */
const BEGINNING = 8;
/**
 * A form counts as found if at least half of it matches, and no fewer characters than this: the text may have been
 * cut.
 */
const ENOUGH = 16;

/** Matches a text against one form of a secret. */
class Form {
  readonly letters: Letters;
  #beginning: RegExp | undefined;

  constructor(letters: Letters) {
    this.letters = letters;
  }

  /** False if the first character differs. */
  mayBeginWith(letter: string): boolean {
    const first = this.letters[0] as string;
    return first.length > 1 || first === letter;
  }

  /** The end of the form that begins at `start`, as far as it matches; 0 if it does not. */
  endIn(text: string, start: number): number {
    const { letters } = this;
    this.#beginning ??= new RegExp(letters.slice(0, ENOUGH).join(''), 'y');
    let end = endOf(this.#beginning, text, start);
    let k = ENOUGH;
    // One character at a time: a single pattern for a long secret would be too large.
    for (; end > 0 && k < letters.length; k++) {
      const next = endOf(letterPattern(letters[k] as string), text, end);
      if (next === 0) break;
      end = next;
    }
    return k < letters.length >> 1 ? 0 : end;
  }
}

/** The end of a sticky pattern's match at `start`; 0 if there is none. */
function endOf(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : 0;
}

const letterPatterns = new Map<string, RegExp>();

/** Characters that only some forms contain always use the same few escapes. */
function letterPattern(letter: string): RegExp {
  const known = letterPatterns.get(letter) ?? new RegExp(letter, 'y');
  letterPatterns.set(letter, known);
  return known;
}

/** Not a raw number (JSON.rawJSON), which has no prototype either. */
function isPlainObject(item: unknown): item is object {
  if (typeof item !== 'object' || item === null || isRawJSON(item)) return false;
  const prototype: unknown = Object.getPrototypeOf(item);
  return prototype === Object.prototype || prototype === null;
}

const { isRawJSON } = JSON as unknown as { isRawJSON(value: unknown): boolean };

/** The first characters form a tree this deep, so that few forms are tried at each position. */
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
