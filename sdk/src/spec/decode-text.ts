/**
 * Decodes a text file as editors write it: UTF-8 with or without a byte order mark, or UTF-16 with one (Windows
 * Notepad and PowerShell).
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  // TextDecoder removes the byte order mark.
  return new TextDecoder(encoding).decode(bytes);
}
