import { Buffer } from 'node:buffer';

/** One form of a secret: a pattern for each of its characters, in order. */
export type Letters = readonly string[];

const BASE64 = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'];
const BEGIN_OR_END = /^-+(?:BEGIN|END)\b[^\n]*-+$/;
const SECRET_NAME = /token|secret|passw|key|credential/i;

/**
 * The parts of a secret that could be revealed on their own. For a multi-line secret (a PEM key), each line; line
 * breaks may be written as `\n`. For a JSON text (a service account's key file), the values whose names say that
 * they are secret.
 */
export function partsOf(secret: string): string[] {
  const lines = secret
    .split(/\r\n|\r|\n|\\r\\n|\\n/)
    .map((line) => line.trim())
    .filter((line) => !BEGIN_OR_END.test(line));
  return [secret, ...lines, ...secretsInJson(secret).flatMap(partsOf)];
}

function secretsInJson(text: string): string[] {
  if (!/^\s*[{[]/.test(text)) return [];
  const found: string[] = [];
  try {
    JSON.parse(text, (key, value: unknown) => {
      if (typeof value === 'string' && SECRET_NAME.test(key)) found.push(value);
    });
  } catch {
    // Not JSON after all: the whole text and its lines are secret.
  }
  return found;
}

/**
 * Every form in which a secret may appear: plain, with any character escaped in any way (`textForm`), in base64
 * and base64url, also inside longer base64 (`user:token`), and in hexadecimal.
 */
export function formsOf(secret: string): Letters[] {
  const utf8 = Buffer.from(secret);
  const latin1 = Buffer.from(secret, 'latin1');
  const bytes = utf8.equals(latin1) ? [utf8] : [utf8, latin1];
  return [
    textForm(secret),
    ...bytes.flatMap((one) => [hexForm(one), ...[0, 1, 2].map((k) => base64(one, k))]),
  ];
}

/** A backslash, also as it is encoded in a URL, which may contain JSON. */
const BACKSLASH = '(?:\\\\|%(?:25)?5[cC])';

/** JSON, JSON inside JSON, URLs and forms (upper or lower case, encoded twice), HTML. */
function textForm(secret: string): Letters {
  // Treat a run of backslashes as one step, so that it does not matter how often each is doubled.
  const steps = secret.match(/\\+|[^\\]/gsu) ?? [];
  return steps.map((step) => {
    if (step.startsWith('\\')) return `${BACKSLASH}{${step.length},${8 * step.length}}`;
    return /[A-Za-z0-9]/.test(step) ? step : anyOf(escapesOf(step));
  });
}

function escapesOf(letter: string): string[] {
  const units = Array.from({ length: letter.length }, (_, k) => letter.charCodeAt(k));
  const json = units.map((unit) => `${BACKSLASH}{1,7}u${hex(unit, 4)}`).join('');
  const url = [...Buffer.from(letter)].map((byte) => `%(?:25)?${hex(byte, 2)}`).join('');
  const plain = units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  const short = SHORT[letter];
  const others = letter === ' ' ? ['\\+'] : short ? [`${BACKSLASH}{1,7}${short}`] : [];
  const written = anyOf([url, ...(HTML[letter] ?? []), plain]);
  return [json, ...others, /[!-~]/.test(letter) ? `${BACKSLASH}{0,7}${written}` : written];
}

const SHORT: Readonly<Record<string, string>> = {
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
  '\b': 'b',
  '\f': 'f',
};
const HTML: Readonly<Record<string, readonly string[]>> = {
  '&': ['&amp;', '&#38;', '&#x26;'],
  '<': ['&lt;', '&#60;', '&#x3[cC];'],
  '>': ['&gt;', '&#62;', '&#x3[eE];'],
  '"': ['&quot;', '&#34;', '&#x22;'],
  "'": ['&apos;', '&#0?39;', '&#x27;'],
};

function hexForm(bytes: Buffer): Letters {
  return [...bytes].flatMap((byte) => [...byte.toString(16).padStart(2, '0')].map(eitherCase));
}

/**
 * The bytes in base64, starting at `offset` (modulo 3) bytes. The first and last characters may also contain bits
 * of neighbouring bytes, so they match every character with the secret's bits.
 */
function base64(bytes: Buffer, offset: number): Letters {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const letters = [...text].map((letter) => anyOf(base64Letter(letter)));
  const ends = (8 * (offset + bytes.length)) % 6;
  if (ends > 0) letters[letters.length - 1] = withBits(text.at(-1), (code) => code >> (6 - ends));
  if (ends > 0) letters.push(`(?:=|%(?:25)?3[dD]|${BACKSLASH}{1,7}u003[dD]){0,2}`);
  if (offset === 1) letters[1] = withBits(text[1], (code) => code & 15);
  if (offset === 2) letters[2] = withBits(text[2], (code) => code & 3);
  return letters.slice(offset);
}

/** All base64 characters with the same known bits. */
function withBits(letter = '', known: (code: number) => number): string {
  const bits = known(BASE64.indexOf(letter));
  return anyOf(BASE64.filter((_, code) => known(code) === bits).flatMap(base64Letter));
}

function base64Letter(letter: string): string[] {
  if (letter === '+') return ['[+-]', '%(?:25)?2[bB]', `${BACKSLASH}{1,7}u002[bB]`];
  if (letter === '/') return ['_', `${BACKSLASH}{0,7}/`, '%(?:25)?2[fF]', `${BACKSLASH}{1,7}u002[fF]`];
  return [letter];
}

function anyOf(patterns: readonly string[]): string {
  const letters = patterns.filter((pattern) => pattern.length === 1);
  const others = patterns.filter((pattern) => pattern.length > 1);
  const all = letters.length > 1 ? [`[${letters.join('')}]`, ...others] : patterns;
  return all.length > 1 ? `(?:${all.join('|')})` : all.join('');
}

function hex(code: number, digits: number): string {
  return [...code.toString(16).padStart(digits, '0')].map(eitherCase).join('');
}

function eitherCase(digit: string): string {
  return /[a-f]/.test(digit) ? `[${digit}${digit.toUpperCase()}]` : digit;
}
