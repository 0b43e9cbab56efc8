import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { ConfigError, isHeadraceError } from '../errors.ts';
import { inMib, LONGEST_LINE } from '../protocol/limits.ts';
import { readChunks } from '../protocol/lines.ts';
import { decodeText } from '../spec/decode-text.ts';

/** The contents of a `--config`, `--catalog` or `--state`. */
export interface Input {
  readonly text: string;
  /** A regular file may be empty. An empty pipe or device means that the program that writes to it has failed. */
  readonly isFile: boolean;
}

const STDIN = 0;

/**
 * Reads a file, or standard input for `-`.
 * @param most the largest size accepted, in bytes
 * @throws ConfigError if it cannot be read, or is too large (`input.too_large`), as an endless device is
 *   (invariant 8)
 */
export async function readInput(path: string, flag: string, most = LONGEST_LINE): Promise<Input> {
  let fd = STDIN;
  let isClosed = false;
  try {
    if (path !== '-') {
      refuseNamedPipe(path, flag);
      fd = openSync(path, 'r');
    }
    const kind = fstatSync(fd);
    // Reading a pipe's descriptor (`--config <(…)`) also closes it.
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
    return { text: decodeText(Buffer.concat(chunks)), isFile: kind.isFile() };
  } catch (error) {
    if (isHeadraceError(error)) throw error;
    throw new ConfigError(unreadable(path, error as NodeJS.ErrnoException), {
      code: 'input.unreadable',
      place: flag,
      cause: error,
    });
  } finally {
    if (fd !== STDIN && !isClosed) closeSync(fd);
  }
}

/** Matches paths to the process's own descriptors: what a shell substitutes for `<(…)`, and standard input. */
const OWN = /^\/(?:dev\/(?:fd\/|stdin$)|proc\/)/;

/** Opening a named pipe waits until somebody opens it for writing, and that wait can't be cancelled. */
function refuseNamedPipe(path: string, flag: string): void {
  if (OWN.test(path) || !statSync(path).isFIFO()) return;
  throw new ConfigError(`${path} is a named pipe, and a file is needed`, {
    code: 'input.unreadable',
    place: flag,
    hint: '- stands for standard input',
  });
}

function unreadable(path: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return `there is no file ${path}`;
  if (code === 'EISDIR') return `${path} is a folder, and a file is needed`;
  return `${path} cannot be read: ${message}`;
}
