import { Buffer } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { MASK } from '../../protocol/secrets.ts';

/** Headers with credentials. */
const SIGNS = /authorization$|api-?key|(?:auth|access|private|session)-?token|secret|password|signature/i;
/** Parameters and members that are secret in any API. `token` and `key` often mean something else. */
const NAMES =
  /^(?:access|refresh|id|private|auth)_?token$|^client_?secret$|^client_?assertion$|^api_?key$|^password$/i;
/** Shorter values that were not declared may be ordinary words; in cookies that is more likely. */
const SHORTEST = 6;
const SHORTEST_COOKIE = 12;

/**
 * Removes secrets from everything that is written (invariant 6), by value: the declared ones, and those found in
 * requests and responses (credentials, tokens). Every form of a value is removed: plain, escaped in JSON, in a
 * URL, in base64.
 */
export class Scrubber {
  readonly #forms = new Set<string>();
  #sorted: readonly string[] = [];

  /** @param declared secrets of any length */
  constructor(declared: readonly string[]) {
    this.#add(declared);
  }

  /**
   * Call this before any part of the exchange is written.
   * @param cookies the response's `Set-Cookie`
   */
  learn(
    url: URL,
    headers: IncomingHttpHeaders,
    sent: Buffer,
    answered: Buffer,
    cookies: readonly string[],
  ): void {
    const found: string[] = [];
    for (const [name, value = ''] of Object.entries(headers))
      if (SIGNS.test(name)) found.push(...[value].flat().flatMap(credentials));
    const text = sent.toString();
    for (const [name, value] of [...url.searchParams, ...new URLSearchParams(text)])
      if (NAMES.test(name)) found.push(value);
    found.push(...named(text), ...named(answered.toString()));
    this.#add(found.filter((value) => value.length >= SHORTEST));
    const held = [
      ...(headers.cookie?.split(';') ?? []),
      ...cookies.map((cookie) => cookie.split(';', 1)[0]!),
    ];
    const values = held.map((pair) => pair.slice(pair.indexOf('=') + 1).trim());
    this.#add(values.filter((value) => value.length >= SHORTEST_COOKIE));
  }

  scrub(text: string): string {
    return this.bytes(Buffer.from(text)).toString();
  }

  /** The same bytes if they contain no secret. */
  bytes(body: Buffer): Buffer {
    const before = body.toString('latin1');
    let text = before;
    for (const form of this.#sorted) text = text.replaceAll(form, MASK);
    return text === before ? body : Buffer.from(text, 'latin1');
  }

  #add(values: readonly string[]): void {
    for (const value of values) {
      if (value === '') continue;
      for (const form of formsOf(value)) this.#forms.add(Buffer.from(form).toString('latin1'));
    }
    // Longest first: if a secret contains another one, its end must not remain.
    this.#sorted = [...this.#forms].sort((a, b) => b.length - a.length);
  }
}

function formsOf(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const escaped = (upper: boolean): string =>
    json.replace(/[^ -~]/g, (c) => {
      const code = c.charCodeAt(0).toString(16).padStart(4, '0');
      return `\\u${upper ? code.toUpperCase() : code}`;
    });
  const texts = [json, escaped(false), escaped(true)];
  const url = encodeURIComponent(value);
  const base64 = Buffer.from(value).toString('base64');
  return [
    value,
    ...texts,
    // With slashes escaped, as PHP does.
    ...texts.map((text) => text.replaceAll('/', '\\/')),
    url,
    url.replace(/%../g, (code) => code.toLowerCase()),
    new URLSearchParams([['', value]]).toString().slice(1),
    base64,
    base64.replace(/=+$/, ''),
    encodeURIComponent(base64),
    Buffer.from(value).toString('base64url'),
  ];
}

/** The secret parts of a header's value: for `Bearer x` also x, for Basic also the password. */
function credentials(value: string): string[] {
  const [, scheme = '', token] = /^(\S+)\s+(\S+)$/.exec(value) ?? [];
  if (token === undefined) return [value];
  if (scheme.toLowerCase() !== 'basic') return [value, token];
  const pair = Buffer.from(token, 'base64').toString();
  return [value, token, pair, pair.slice(pair.indexOf(':') + 1)];
}

/** Strings in a JSON text whose member's name says that they are secret. */
function named(text: string): string[] {
  const found: string[] = [];
  for (const [, name, value] of text.matchAll(/"(\w+)"\s*:\s*("(?:[^"\\]|\\.)*")/g)) {
    if (!NAMES.test(name!)) continue;
    try {
      found.push(JSON.parse(value!) as string);
    } catch {
      // Not JSON after all: take the text as it is.
      found.push(value!.slice(1, -1));
    }
  }
  return found;
}
