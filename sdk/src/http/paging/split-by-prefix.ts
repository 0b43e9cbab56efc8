import type { ApiRequest } from '../request.ts';

/** How to split a search that finds entries by the beginning of a text. */
export interface PrefixSplit {
  /** The query parameter for the text: `username`. */
  readonly query: string;
  /** Its value that finds everything: `.`. Default: the parameter is omitted. */
  readonly all?: string;
  /** The characters that the texts consist of, each once: `abcdefghijklmnopqrstuvwxyz0123456789`. */
  readonly alphabet: string;
  /** The most characters of a prefix. Default: 4. */
  readonly most?: number;
}

/**
 * Splits a search that may show only a window of its results by the first characters: `a`, `b` …; if one of these
 * is still too large, into `aa`, `ab` … For `OffsetPaging.split`.
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
