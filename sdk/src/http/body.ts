import type { Buffer } from 'node:buffer';
import { DataError } from '../errors.ts';
import { InvalidJsonError } from '../protocol/json-bytes.ts';

/** An answer's bytes without their content encoding. @throws DataError where they are more than `most` */
export async function decoded(
  bytes: Buffer,
  encoding: string | string[] | undefined,
  most: number,
  name: string,
): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity' || bytes.length === 0) return bytes;
  const { gunzip, inflate } = await import('node:zlib');
  const unpack = encoding === 'gzip' ? gunzip : encoding === 'deflate' ? inflate : undefined;
  if (!unpack) throw new InvalidJsonError(0, `its encoding ${String(encoding)} was not asked for`);
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

/** The error of an answer that is larger than a client takes. */
export function tooLarge(name: string, most: number): DataError {
  return new DataError(`the answer is larger than ${Math.floor(most / (1 << 20))} MiB`, {
    code: 'http.too_large',
    place: name,
    hint: 'the connector asks for more at once than it can take in: report it to whoever maintains it',
  });
}
