import { Buffer, isUtf8 } from 'node:buffer';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One request and its answer, without secrets. */
export interface Exchange {
  readonly method: string;
  /** Path and query, below the address that was recorded. */
  readonly url: string;
  /** The request's body, see `textOf`; '' if it had none. */
  readonly sent: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

/** A recording as a whole. */
export interface About {
  /** The address that was recorded. */
  readonly target: string;
  /** When it began, ISO 8601. */
  readonly recorded: string;
}

/** An exchange's file; the answer's body stands in a file beside it, byte for byte. */
interface Head extends Omit<Exchange, 'sent' | 'body'> {
  readonly sent?: string;
  /** The file's name; absent: the answer had no body. */
  readonly body?: string;
}

/** A request's body as it is written down and compared: text, or base64 if it is none. */
export function textOf(sent: Buffer): string {
  return isUtf8(sent) ? sent.toString() : `base64:${sent.toString('base64')}`;
}

const ABOUT = 'recording.json';
const LONGEST_NAME = 80;

/** @throws RangeError if the folder holds something: a recording is made whole, never added to */
export function createFolder(folder: string, about: About): void {
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0)
    throw new RangeError(`${folder} is not empty: remove what is there to record it anew`);
  writeFileSync(join(folder, ABOUT), `${JSON.stringify(about, null, 2)}\n`);
}

/** @param number counts the requests from 1, in the order in which they came: answers are read in the order of names */
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

/** @throws Error (ENOENT) if it is no recording */
export function readFolder(folder: string): { about: About; exchanges: Exchange[] } {
  const about = JSON.parse(readFileSync(join(folder, ABOUT), 'utf8')) as About;
  const names = readdirSync(folder).filter((name) => /^\d+-.*(?<!\.body)\.json$/.test(name));
  const exchanges = names.sort().map((name): Exchange => {
    const { body, sent = '', ...rest } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Head;
    return { ...rest, sent, body: body === undefined ? Buffer.alloc(0) : readFileSync(join(folder, body)) };
  });
  return { about, exchanges };
}
