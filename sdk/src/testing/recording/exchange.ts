import { Buffer, isUtf8 } from 'node:buffer';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One request and its response, without secrets. */
export interface Exchange {
  readonly method: string;
  /** Path and query, relative to the recorded base URL. */
  readonly url: string;
  /** The request's body, see `textOf`; '' if it had none. */
  readonly sent: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

/** Facts about a whole recording. */
export interface About {
  /** The recorded base URL. */
  readonly target: string;
  /** When the recording began, ISO 8601. */
  readonly recorded: string;
}

/** The file of an exchange. The response body is in a separate file next to it, byte for byte. */
interface Head extends Omit<Exchange, 'sent' | 'body'> {
  readonly sent?: string;
  /** The body's file name; absent if the response had no body. */
  readonly body?: string;
}

/** A request's body as written and compared: text, or base64 if it is not text. */
export function textOf(sent: Buffer): string {
  return isUtf8(sent) ? sent.toString() : `base64:${sent.toString('base64')}`;
}

const ABOUT = 'recording.json';
const LONGEST_NAME = 80;

/** @throws RangeError if the folder is not empty: a recording cannot be extended */
export function createFolder(folder: string, about: About): void {
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0)
    throw new RangeError(`${folder} is not empty: remove what is there to record it anew`);
  writeFileSync(join(folder, ABOUT), `${JSON.stringify(about, null, 2)}\n`);
}

/**
 * @param number the number of the request, from 1, in order of arrival; responses are read in the order of file
 *   names
 */
export function writeExchange(folder: string, number: number, { body, sent, ...rest }: Exchange): void {
  const what = `${rest.method}-${rest.url}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const name = `${String(number).padStart(5, '0')}-${what.slice(0, LONGEST_NAME).replace(/-$/, '')}`;
  const beside = `${name}.body${/json/.test(String(rest.headers['content-type'])) ? '.json' : ''}`;
  const head: Head = {
    ...rest,
    ...(sent === '' ? {} : { sent }),
    ...(body.length === 0 ? {} : { body: beside }),
  };
  if (body.length > 0) writeFileSync(join(folder, beside), body);
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(head, null, 2)}\n`);
}

/** @throws Error (ENOENT) if the folder is not a recording */
export function readFolder(folder: string): { about: About; exchanges: Exchange[] } {
  const about = JSON.parse(readFileSync(join(folder, ABOUT), 'utf8')) as About;
  const names = readdirSync(folder).filter((name) => /^\d+-.*(?<!\.body)\.json$/.test(name));
  const exchanges = names.sort().map((name): Exchange => {
    const { body, sent = '', ...rest } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Head;
    return { ...rest, sent, body: body === undefined ? Buffer.alloc(0) : readFileSync(join(folder, body)) };
  });
  return { about, exchanges };
}
