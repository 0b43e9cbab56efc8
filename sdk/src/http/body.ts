import type { Buffer } from 'node:buffer';
import { DataError } from '../errors.ts';

type Unpack = (
  bytes: Buffer,
  options: { maxOutputLength: number },
  done: (error: Error | null, unpacked: Buffer) => void,
) => void;

/** A response's bytes without their content encoding. @throws DataError if there are more than `most` */
export async function decoded(
  bytes: Buffer,
  encoding: string | string[] | undefined,
  most: number,
  name: string,
): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity' || bytes.length === 0) return bytes;
  const { brotliDecompress, gunzip, inflate } = await import('node:zlib');
  // We ask for two encodings. A gateway may use the third anyway.
  const unpack = new Map<string, Unpack>([
    ['gzip', gunzip],
    ['x-gzip', gunzip],
    ['deflate', inflate],
    ['br', brotliDecompress],
  ]).get(String(encoding));
  if (!unpack)
    throw new DataError(`the response has an encoding that was not requested: ${String(encoding)}`, {
      code: 'http.unknown_encoding',
      place: name,
      hint: 'a proxy or gateway has compressed the response: it must leave responses unchanged',
    });
  return new Promise((resolve, reject) =>
    unpack(bytes, { maxOutputLength: most }, (error, unpacked) => {
      if (!error) resolve(unpacked);
      else
        reject(
          (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(name, most) : error,
        );
    }),
  );
}

/** The error for a response that is larger than the client accepts. */
export function tooLarge(name: string, most: number): DataError {
  return new DataError(`the answer is larger than ${Math.floor(most / (1 << 20))} MiB`, {
    code: 'http.too_large',
    place: name,
    hint: 'the connector requests more at once than it can hold: report this to its maintainer',
  });
}
