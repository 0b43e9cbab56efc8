import { Buffer } from 'node:buffer';

const SHORTEST = 8;
/** What stands where a secret stood. */
export const MASK = '****';

/**
 * Scrubs known secret values, in the forms in which they travel (as they are, escaped in JSON, in a URL,
 * base64), from a text (invariant 6). Values under 8 characters are left alone: they would hide words.
 */
export class Secrets {
  #forms: string[] = [];

  constructor(values: Iterable<string> = []) {
    this.add(values);
  }

  /** Adds values, e.g. an access token that was just fetched. */
  add(values: Iterable<string>): void {
    const forms = new Set(this.#forms);
    for (const value of values) {
      if (value.length < SHORTEST) continue;
      forms.add(value);
      forms.add(JSON.stringify(value).slice(1, -1));
      forms.add(encodeURIComponent(value));
      forms.add(Buffer.from(value).toString('base64'));
    }
    // Longest first: a secret that contains another one must not leave its tail.
    this.#forms = [...forms].sort((a, b) => b.length - a.length);
  }

  scrub(text: string): string {
    let out = text;
    for (const form of this.#forms) if (out.includes(form)) out = out.replaceAll(form, MASK);
    return out;
  }
}
