import type { Buffer } from 'node:buffer';
import { isHeadraceError } from '@headrace/sdk';

/** What Bitbucket says in an error, as far as a program can go by it. It becomes the `cause` of the error. */
export interface Words {
  /** For people, in English. */
  readonly message: string;
  /** Scopes of which the credential lacks some. */
  readonly required: readonly string[];
  /** Hashes that the repository does not know. */
  readonly shas: readonly string[];
  /** Where Bitbucket announced that the path is gone. */
  readonly announcement: string | undefined;
}

/** Bitbucket's error in a response: `{"type": "error", "error": {…}}`. Undefined if the format is not Bitbucket's. */
export function wordsIn({ bytes }: { readonly bytes: Buffer }): Words | undefined {
  if (bytes[0] !== OPEN_BRACE) return undefined;
  try {
    return wordsOf(JSON.parse(bytes.toString()));
  } catch {
    // Not JSON, or truncated. The caller quotes the text instead.
    return undefined;
  }
}

export function wordsOf(body: unknown): Words | undefined {
  const error = objectOf(objectOf(body).error);
  if (typeof error.message !== 'string') return undefined;
  const data = objectOf(error.data);
  // A string or an object, depending on the endpoint.
  const detail = typeof error.detail === 'string' ? `: ${error.detail}` : '';
  return {
    message: `${error.message}${detail}`,
    required: textsIn(objectOf(error.detail).required),
    shas: textsIn(data.shas),
    announcement: typeof data.announcement_url === 'string' ? data.announcement_url : undefined,
  };
}

const OPEN_BRACE = 0x7b;

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const textsIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

/** The status of an error that is an answer of the server; undefined for any other error. */
export function statusOf(error: unknown): number | undefined {
  return isHeadraceError(error) ? error.status : undefined;
}

/** The hashes that the repository does not know, according to an error. */
export function unknownHashes(error: unknown): readonly string[] {
  if (statusOf(error) !== 404) return [];
  const { shas } = ((error as Error).cause ?? {}) as Partial<Words>;
  return shas ?? [];
}
