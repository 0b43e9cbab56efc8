/**
 * A record as bytes. With `awkward`, one in ten escapes its slashes and one in ten all that is not ASCII: valid JSON that
 * a parser and a serialiser would change.
 */
export function bytesOf(value: object, n: number, awkward: boolean): Buffer {
  let text = JSON.stringify(value);
  if (awkward && n % 10 === 3) text = text.replaceAll('/', '\\/');
  if (awkward && n % 10 === 7)
    text = text.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return Buffer.from(text);
}
