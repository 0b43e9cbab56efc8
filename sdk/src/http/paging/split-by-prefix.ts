import type { ApiRequest } from '../request.ts';

/** How a search that finds what begins with a text is cut. */
export interface PrefixSplit {
  /** The query parameter of the text: `username`. */
  readonly query: string;
  /** Its value that finds everything: `.`; → it is left out. */
  readonly all?: string;
  /** What the texts consist of, each character once: `abcdefghijklmnopqrstuvwxyz0123456789`. */
  readonly alphabet: string;
  /** So many characters at most; → 4. */
  readonly most?: number;
}

/**
 * Cuts a search that may show only a window of what it finds, by the first characters: `a`, `b` …, and what is still
 * too much into `aa`, `ab` … For `OffsetPaging.split`.
 */
export function splitByPrefix(by: PrefixSplit): (request: ApiRequest) => readonly ApiRequest[] | undefined {
  const { query: name, all, alphabet, most = 4 } = by;
  return (request) => {
    const value = request.query?.[name];
    const prefix = value === undefined || value === all ? '' : String(value);
    if (prefix.length >= most) return undefined;
    return Array.from(alphabet, (character) => ({
      ...request,
      query: { ...request.query, [name]: prefix + character },
    }));
  };
}
