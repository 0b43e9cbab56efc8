import type { Buffer } from 'node:buffer';
import { ConfigError, DataError, type HeadraceError } from '../errors.ts';
import { excerpt } from './excerpt.ts';
import { retryAfter, toldLimits } from './limits/rate-headers.ts';
import { webPageOf } from './web-page.ts';

/** One complete response. `request` is what errors may show: method and path, no query. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
  readonly request: string;
  /**
   * Removes secrets from the response's text, before it is cut. Already applied to a response that is not data.
   */
  readonly scrub?: (text: string) => string;
}

/**
 * What a response means. `retry`: a fault that may be gone next time. `throttled`: too many requests; wait
 * (`afterMs` if the vendor said how long) with the `endpoint` (a burst; default) or the whole `credential` (a
 * used-up quota). `fatal`: a retry would change nothing.
 */
export type Verdict =
  | { readonly kind: 'fine' }
  | {
      readonly kind: 'retry';
      readonly why: string;
      readonly afterMs?: number;
      /** The HTTP status, if the fault is a response. */
      readonly status?: number;
    }
  | {
      readonly kind: 'throttled';
      readonly afterMs?: number;
      readonly scope?: 'endpoint' | 'credential';
    }
  | {
      readonly kind: 'fatal';
      readonly error: HeadraceError;
      /** Whether the credentials were refused, so that no further request can succeed. Default: true for a 401. */
      readonly isRefusal?: boolean;
    };

/** The one place where a vendor's responses are interpreted. If it returns undefined, `byStatus` decides. */
export type Classify = (answer: Answer, now: number) => Verdict | undefined;

/** A burst is over sooner than this. */
const QUOTA_MS = 60_000;
/** Bytes of a response from which a message quotes. A secret cut there is far behind the quotation. */
const LOOKED_AT = 64 << 10;

/** What a response means by HTTP's own rules. */
export function byStatus(answer: Answer, now: number): Verdict {
  const { status, request } = answer;
  if (status >= 200 && status < 300) return { kind: 'fine' };
  const afterMs = retryAfter(answer, now);
  if (status === 429) return throttled(answer, afterMs, now);
  if (status === 408 || status === 425 || status >= 500) {
    const page = webPageOf(answer.bytes);
    const why = `the server answered ${status}${page === undefined ? '' : ` with ${page}`}`;
    return { kind: 'retry', why, afterMs, status };
  }
  const said = sentence(answer);
  if (status === 401 || status === 403) {
    const message =
      status === 401 ? `the credentials were refused${said}` : `the credentials may not do this${said}`;
    return fatal(
      new ConfigError(message, {
        code: `http.${status}`,
        place: request,
        status,
        hint: 'check the credentials and their permissions',
      }),
    );
  }
  if (status >= 300 && status < 400) {
    const message = `the server redirects to ${place(answer.headers.location)}: is this the API's address?`;
    return fatal(
      new ConfigError(message, {
        code: 'http.redirect',
        place: request,
        status,
        hint: 'if the site has moved there, set base_url to it; if it is a sign-on page, the API has to be reached without it',
      }),
    );
  }
  if (isCut(answer))
    return { kind: 'retry', why: `the server answered ${status}, and what it said was cut`, afterMs, status };
  return fatal(
    new DataError(`the server answered ${status}${said}`, { code: `http.${status}`, place: request, status }),
  );
}

/**
 * Whether a refusal starts like JSON but is not valid JSON. The message that identifies the refusal may then be
 * missing.
 */
function isCut({ bytes }: Answer): boolean {
  const text = bytes.toString().trimStart();
  if (!text.startsWith('{') && !text.startsWith('[')) return false;
  try {
    JSON.parse(text);
    return false;
  } catch {
    return true;
  }
}

/** A redirect's target without its query, which may contain a ticket (invariant 6). */
function place(location: string | string[] | undefined): string {
  if (typeof location !== 'string') return 'somewhere';
  return URL.canParse(location)
    ? new URL(location).host + new URL(location).pathname
    : location.replace(/[?#].*$/s, '');
}

function fatal(error: HeadraceError): Verdict {
  return { kind: 'fatal', error };
}

/** An exhausted limit with a reset far away is a quota; anything else is a burst. */
function throttled(answer: Answer, afterMs: number | undefined, now: number): Verdict {
  const resets = toldLimits(answer.headers, now)
    .filter(({ remaining }) => remaining === 0)
    .map(({ resetMs = 0 }) => resetMs);
  const resetMs = resets.length > 0 ? Math.max(...resets) : undefined;
  const isQuota = Math.max(resetMs ?? 0, afterMs ?? 0) > QUOTA_MS && resetMs !== undefined;
  return { kind: 'throttled', afterMs: afterMs ?? resetMs, scope: isQuota ? 'credential' : 'endpoint' };
}

/** The beginning of the server's message, on one line, for an error. For a web page, its title. */
export function sentence(answer: Answer): string {
  const page = webPageOf(answer.bytes);
  if (page !== undefined) return `: ${page}`;
  const text = excerpt(answer.bytes.toString('utf8', 0, LOOKED_AT), answer.scrub);
  return text === '' ? '' : `: ${text}`;
}
