import { closeSync, fstatSync, openSync } from 'node:fs';
import { ConfigError, isHeadraceError } from '../errors.ts';
import { inMib, LONGEST_LINE } from '../protocol/limits.ts';
import { readChunks } from '../protocol/lines.ts';

/** What stood behind a `--config`, `--catalog` or `--state`. */
export interface Input {
  readonly text: string;
  /** A regular file may be empty; a pipe or a device that is empty means that something before us failed. */
  readonly isFile: boolean;
}

const STDIN = 0;

/**
 * Reads a file, or standard input for `-`.
 * @param most bytes
 * @throws ConfigError where it cannot be read, or is larger (`input.too_large`): it may be without end (invariant 8)
 */
export async function readInput(path: string, flag: string, most = LONGEST_LINE): Promise<Input> {
  let fd = STDIN;
  let isClosed = false;
  try {
    if (path !== '-') fd = openSync(path, 'r');
    const kind = fstatSync(fd);
    // A pipe's descriptor (`--config <(…)`) is closed by what reads it.
    isClosed = kind.isFIFO() || kind.isSocket();
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of readChunks(fd)) {
      length += chunk.length;
      if (length > most)
        throw new ConfigError(`${path === '-' ? 'standard input' : path} is larger than ${inMib(most)}`, {
          code: 'input.too_large',
          place: flag,
        });
      chunks.push(chunk);
    }
    return {
      text: Buffer.concat(chunks)
        .toString('utf8')
        .replace(/^\ufeff/, ''),
      isFile: kind.isFile(),
    };
  } catch (error) {
    if (isHeadraceError(error)) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const what = code === 'ENOENT' ? `there is no file ${path}` : `${path} cannot be read: ${message}`;
    throw new ConfigError(what, { code: 'input.unreadable', place: flag, cause: error });
  } finally {
    if (fd !== STDIN && !isClosed) closeSync(fd);
  }
}

/** The JSON value of an input. @throws ConfigError with line and column */
export function parseJson(text: string, flag: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const at = /position (\d+)/.exec((error as Error).message)?.[1];
    const before = at === undefined ? undefined : text.slice(0, Number(at)).split('\n');
    const place = before ? `${flag} line ${before.length}, column ${before.at(-1)!.length + 1}` : flag;
    // The message of JSON.parse quotes the text around the mistake, which may be a secret (invariant 6).
    throw new ConfigError('this is not valid JSON', {
      code: 'input.not_json',
      place,
      hint: text.trim() === '' ? 'it is empty' : undefined,
    });
  }
}
