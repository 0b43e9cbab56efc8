import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { decodeText } from './decode-text.ts';

it.each<[what: string, bytes: Uint8Array]>([
  ['UTF-8', Buffer.from('{"é": "😀"}')],
  ['UTF-8 with a mark', Buffer.from('\ufeff{"é": "😀"}')],
  ['UTF-16', Buffer.from('\ufeff{"é": "😀"}', 'utf16le')],
  ['UTF-16, the high byte first', Buffer.from('\ufeff{"é": "😀"}', 'utf16le').swap16()],
])('reads %s', (_, bytes) => expect(decodeText(bytes)).toBe('{"é": "😀"}'));
