import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

/** Names that Windows reserves for devices, with any extension. */
const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/;
/** A path component may have 255 bytes, and `.jsonl` or similar is appended to some. */
const LONGEST = 200;

/**
 * Encodes a name as one path component: lower-case letters, digits, `-` and `_` stay, and every other byte of its UTF-8
 * becomes `%XX`. Capitals are encoded, so that two names never share a file on a disk that ignores case. Dots are
 * encoded, so that no name is `..` or hidden, and a dot can join namespace and name. A name that is too long is cut
 * and ends in `%-` and a hash; the journal contains the whole name.
 */
export function encodeName(name: string): string {
  let out = '';
  for (const character of name) {
    if (/[a-z0-9-]/.test(character) || (character === '_' && out !== '')) out += character;
    else for (const byte of bytesOf(character)) out += percent(byte);
  }
  if (out === '') return '%';
  if (RESERVED.test(out)) out = percent(out.charCodeAt(0)) + out.slice(1);
  return shorten(out);
}

/** The name that `encodeName` was given. Undefined if the name was cut, or if this is not from `encodeName`. */
export function decodeName(component: string): string | undefined {
  if (component === '%') return '';
  const bytes: number[] = [];
  for (let i = 0; i < component.length; i++) {
    if (component[i] !== '%') bytes.push(component.charCodeAt(i));
    else {
      const hex = component.slice(i + 1, i + 3);
      if (!/^[0-9A-F]{2}$/.test(hex)) return undefined;
      bytes.push(Number.parseInt(hex, 16));
      i += 2;
    }
  }
  const name = textOf(bytes);
  return encodeName(name) === component ? name : undefined;
}

/** A stream's folder (or file, with a suffix) under its source's folder. */
export function streamFolder(name: string, namespace: string | undefined): string {
  return namespace === undefined ? encodeName(name) : shorten(`${encodeName(namespace)}.${encodeName(name)}`);
}

/** The stream that `streamFolder` was given. Undefined if the name was cut, or if this is not from `streamFolder`. */
export function streamOfFolder(folder: string): { name: string; namespace: string } | undefined {
  const parts = folder.split('.').map(decodeName);
  const [first, second] = parts;
  if (parts.length > 2 || first === undefined) return undefined;
  if (parts.length === 1) return { name: first, namespace: '' };
  return second === undefined ? undefined : { name: second, namespace: first };
}

function shorten(component: string): string {
  if (component.length <= LONGEST) return component;
  const hash = createHash('sha256').update(component).digest('hex').slice(0, 40);
  return `${component.slice(0, 120).replace(/%.?$/, '')}%-${hash}`;
}

function percent(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** The bytes of a text, different for any two texts: see bytesOf. */
export function wholeBytes(text: string): Buffer {
  return text.isWellFormed() ? Buffer.from(text) : Buffer.from([...text].flatMap((one) => [...bytesOf(one)]));
}

/** UTF-8. A lone surrogate becomes the three bytes that it would have, so that two of them stay different. */
function bytesOf(character: string): Iterable<number> {
  const code = character.codePointAt(0)!;
  if (code < 0xd800 || code > 0xdfff) return new TextEncoder().encode(character);
  return [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)];
}

function textOf(bytes: readonly number[]): string {
  let text = '';
  let from = 0;
  const upTo = (end: number): void => {
    text += new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes.slice(from, end)));
  };
  for (let i = 0; i + 2 < bytes.length; i++) {
    if (bytes[i] !== 0xed || bytes[i + 1]! < 0xa0) continue;
    upTo(i);
    text += String.fromCharCode(0xd000 | ((bytes[i + 1]! & 0x3f) << 6) | (bytes[i + 2]! & 0x3f));
    from = i + 3;
    i += 2;
  }
  upTo(bytes.length);
  return text;
}
