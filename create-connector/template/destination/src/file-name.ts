import { createHash } from 'node:crypto';
import type { StreamDescriptor } from '@headrace/sdk/protocol';

/** Most file systems take names of 255 bytes. */
const LONGEST = 200;

/**
 * A file name for a stream, another one for each: `users.jsonl`, `shop.users.jsonl` in the namespace shop.
 * Bytes other than a–z, 0–9, - and _ become %XX, capitals too: some disks take `A` and `a` for the same.
 */
export function fileName({ name, namespace }: StreamDescriptor): string {
  const full = [...(namespace ? [namespace] : []), name].map(encoded).join('.');
  if (full.length <= LONGEST) return `${full}.jsonl`;
  return `${full.slice(0, LONGEST - 65)}-${createHash('sha256').update(full).digest('hex')}.jsonl`;
}

function encoded(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => {
    const character = String.fromCharCode(byte);
    return /[a-z0-9_-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}
