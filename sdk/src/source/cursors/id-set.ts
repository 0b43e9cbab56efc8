import type { JsonObject } from '../../protocol/messages.ts';
import { decodeSorted, encodeSorted } from './rice.ts';

/** A growing set of ids that needs little memory: 8 bytes for a whole number, a string for any other id. */
export class IdSet {
  #numbers = new Float64Array(64);
  #length = 0;
  /** How many of the numbers are sorted and distinct. */
  #sorted = 0;
  readonly #texts = new Set<string>();

  add(id: string): void {
    const number = numberOf(id);
    if (number === undefined) this.#texts.add(id);
    else this.#push(number);
  }

  #push(number: number): void {
    if (this.#length === this.#numbers.length) {
      const bigger = new Float64Array(2 * this.#length);
      bigger.set(this.#numbers);
      this.#numbers = bigger;
    }
    this.#numbers[this.#length++] = number;
  }

  get size(): number {
    return this.#sort().length + this.#texts.size;
  }

  has(id: string): boolean {
    const number = numberOf(id);
    if (number === undefined) return this.#texts.has(id);
    const sorted = this.#sort();
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! < number) low = middle + 1;
      else high = middle;
    }
    return sorted[low] === number;
  }

  /** The numbers in order, then the others. */
  *[Symbol.iterator](): Generator<string> {
    for (const number of this.#sort()) yield String(number);
    yield* this.#texts;
  }

  /** `{ numbers?: …, texts?: […] }`, which `idSetOf` reads. Texts are sorted, and leave out what they share with the previous one. */
  json(): JsonObject {
    const numbers = this.#sort();
    const texts = [...this.#texts].sort();
    return {
      ...(numbers.length === 0 ? {} : { numbers: encodeSorted(numbers) }),
      ...(texts.length === 0
        ? {}
        : { texts: texts.map((text, i) => shorten(text, i === 0 ? '' : texts[i - 1]!)) }),
    };
  }

  #sort(): Float64Array {
    if (this.#sorted < this.#length) {
      const all = this.#numbers.subarray(0, this.#length).sort();
      let kept = 0;
      for (let i = 0; i < all.length; i++) if (i === 0 || all[i] !== all[i - 1]) all[kept++] = all[i]!;
      this.#length = kept;
      this.#sorted = kept;
    }
    return this.#numbers.subarray(0, this.#length);
  }
}

/** @returns undefined if it is not a result of `IdSet.json` */
export function idSetOf(saved: unknown): IdSet | undefined {
  if (typeof saved !== 'object' || saved === null) return undefined;
  const { numbers, texts = [] } = saved as { numbers?: unknown; texts?: unknown };
  const ids = new IdSet();
  if (numbers !== undefined) {
    const decoded = typeof numbers === 'string' ? decodeSorted(numbers) : undefined;
    if (!decoded) return undefined;
    for (const number of decoded) ids.add(String(number));
  }
  if (!Array.isArray(texts)) return undefined;
  let last = '';
  for (const text of texts) {
    if (typeof text !== 'string' || !/^[0-9a-z]/.test(text)) return undefined;
    last = last.slice(0, Number.parseInt(text[0]!, 36)) + text.slice(1);
    ids.add(last);
  }
  return ids;
}

/** A text as the number of characters that it shares with the previous one (0 to 35, one digit), and the rest. */
function shorten(text: string, before: string): string {
  let shared = 0;
  while (shared < 35 && shared < text.length && text[shared] === before[shared]) shared++;
  return shared.toString(36) + text.slice(shared);
}

/** Only what is written like a number is one: `007` is a text. */
function numberOf(id: string): number | undefined {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(id)) return undefined;
  const number = Number(id);
  return Number.isSafeInteger(number) ? number : undefined;
}
