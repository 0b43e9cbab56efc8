import type { Buffer } from 'node:buffer';
import { ConfigError, DataError, type HeadraceError } from '../errors.ts';

/** One answer of a vendor, whole. `request` is what an error may name: method and path, no query. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
  readonly request: string;
}

/**
 * What an answer means. `retry`: a fault that may be gone next time; `throttled`: asked too fast, wait
 * (`afterMs` where the vendor said how long); `fatal`: asking again changes nothing.
 */
export type Verdict =
  | { readonly kind: 'fine' }
  | { readonly kind: 'retry'; readonly why: string; readonly afterMs?: number }
  | { readonly kind: 'throttled'; readonly afterMs?: number }
  | { readonly kind: 'fatal'; readonly error: HeadraceError };

/** A vendor's one place where answers are understood; what it leaves undefined is left to `byStatus`. */
export type Classify = (answer: Answer, now: number) => Verdict | undefined;

/** What HTTP itself says of an answer. */
export function byStatus(answer: Answer, now: number): Verdict {
  const { status, request } = answer;
  if (status >= 200 && status < 300) return { kind: 'fine' };
  const afterMs = retryAfter(answer, now);
  if (status === 429) return { kind: 'throttled', afterMs };
  if (status === 408 || status === 425 || status >= 500)
    return { kind: 'retry', why: `answered ${status}`, afterMs };
  const said = sentence(answer);
  if (status === 401 || status === 403) {
    const message =
      status === 401 ? `the credentials were refused${said}` : `the credentials may not do this${said}`;
    return fatal(
      new ConfigError(message, {
        code: `http.${status}`,
        place: request,
        hint: 'check the credentials and their permissions',
      }),
    );
  }
  if (status >= 300 && status < 400) {
    const message = `the server redirects to ${String(answer.headers.location ?? 'somewhere')}: is this the API's address?`;
    return fatal(
      new ConfigError(message, {
        code: 'http.redirect',
        place: request,
        hint: 'set base_url to the address that the browser ends up at',
      }),
    );
  }
  return fatal(
    new DataError(`the server answered ${status}${said}`, { code: `http.${status}`, place: request }),
  );
}

function fatal(error: HeadraceError): Verdict {
  return { kind: 'fatal', error };
}

/** `Retry-After` in milliseconds from now: seconds or an HTTP date (RFC 9110 §10.2.3). */
function retryAfter(answer: Answer, now: number): number | undefined {
  const value = answer.headers['retry-after'];
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** The beginning of what the server said, on one line, for an error message. */
export function sentence(answer: Answer): string {
  const text = answer.bytes.toString('utf8', 0, 600).replace(/\s+/g, ' ').trim();
  if (text === '') return '';
  return `: ${text.length > 300 ? `${text.slice(0, 300)}…` : text}`;
}
