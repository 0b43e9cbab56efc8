import type { Page } from '../protocol/page.ts';
import type { Selection } from '../protocol/selection.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { createAsk } from './ask.ts';
import { type Auth, anonymous } from './auth/auth.ts';
import type { Backoff } from './backoff.ts';
import type { Answer, Classify } from './classify.ts';
import { excerpt } from './excerpt.ts';
import { createExchange } from './exchange.ts';
import type { Limiter, Limits } from './limits/limiter.ts';
import { checkedJson, checkedPage, type ErrorsIn } from './read-answer.ts';
import { type ApiRequest, baseOf, followed } from './request.ts';

/** What a connector says of its vendor's API; the process's own part is `HttpEnv`. */
export interface HttpOptions {
  /** `https://acme.atlassian.net`; a path prefix is kept. */
  readonly baseUrl: string;
  /** Clients with the same object share one limiter; see also `limiter`. */
  readonly auth: Auth;
  readonly headers?: Readonly<Record<string, string>>;
  /** The vendor's own reading of answers, asked before `byStatus`. */
  readonly classify?: Classify;
  /**
   * The vendor's words if the JSON of an answer is an error although its status says that it is fine. Asked of every
   * answer of `json`, and of pages that are empty or have another shape.
   */
  readonly errorsIn?: ErrorsIn;
  /**
   * False for an endpoint that hands out secrets: what it says instead of JSON is told in no error; → true. `classify`
   * has to keep to it by itself.
   */
  readonly quotes?: boolean;
  /** Fixed budgets, and whether a rate is looked for that nobody tells (→ true). */
  readonly limits?: Limits;
  /**
   * The endpoint that a request counts for where the vendor limits each by itself, e.g. method and path without
   * ids; a burst slows that endpoint only. → all requests count together
   */
  readonly scope?: (request: ApiRequest) => string;
  /** Shared with other clients of the same credential; → the one of `auth`. */
  readonly limiter?: Limiter;
  /**
   * Milliseconds. `headers`: until the answer begins, → 2 minutes; `body`: between two pieces of it, → 1 minute;
   * `answer`: until all of it is there, and a second more for each KiB that is, → 5 minutes.
   */
  readonly timeouts?: {
    readonly connect?: number;
    readonly headers?: number;
    readonly body?: number;
    readonly answer?: number;
  };
  /** An answer with more bytes than this (unpacked) is a DataError and not a process out of memory; → 256 MiB. */
  readonly maxAnswerBytes?: number;
}

/** What the process gives its HTTP clients. */
export interface HttpEnv {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly backoff?: Backoff;
  /** The most requests under way at a time, for each credential; → 8. */
  readonly concurrency?: number;
  /** Called once for a wait of more than 5 s that the vendor imposes; `until` in milliseconds since 1970. */
  readonly onThrottled?: (until: number) => void;
  /** Called with the values that must be scrubbed. */
  readonly onSecrets?: (values: readonly string[]) => void;
  /** Takes the secrets that are known away from a text, before it is cut for an error message (invariant 6). */
  readonly scrub?: (text: string) => string;
}

/** How one call differs from the client's others; what wraps a client passes it on. */
export interface CallOptions {
  /**
   * The most tries of this request, unless the server says when to come again; → as many as the process makes of any
   * (8; a `check` fewer).
   */
  readonly tries?: number;
}

/** Requests under one credential: limits, retries, time-outs and errors are taken care of. */
export interface HttpClient {
  /**
   * An answer as `read` makes it, which may throw: `RetryAnswer` and what `jsonOf` and `pageOf` throw for a broken
   * body send the request again, all else ends it.
   * @throws HeadraceError by kind: see `byStatus`; ConfigError (`http.not_the_api`) for a web page or text instead of JSON, and
   *   TransientError for one that comes between good answers and stays
   */
  ask<T>(request: ApiRequest, read: (answer: Answer) => T, options?: CallOptions): Promise<T>;
  /** An answer as a JSON value. @throws as `ask` does, and DataError (`http.error_in_answer`): see `errorsIn` */
  json(request: ApiRequest, options?: CallOptions): Promise<unknown>;
  /**
   * An answer scanned for records; its bytes stay the vendor's.
   * @throws as `json` does, and DataError (`answer.wrong_shape`) at once if the records are not where they should be
   */
  page<F extends string, R extends string>(
    request: ApiRequest,
    selection: Selection<F, R>,
    options?: CallOptions,
  ): Promise<Page<F, R>>;
  /**
   * The beginning of a vendor's text, on one line, for an error or a log message. Use this instead of cutting a text
   * yourself: secrets are scrubbed before the cut, and afterwards half a secret would not be recognised.
   * @param most characters; default 300
   */
  excerpt(text: string, most?: number): string;
  /**
   * The request for a URL that an answer to `request` names; a relative one counts from that answer's own.
   * @throws ConfigError (`http.other_host`) where it is of another host than the base URL
   */
  follow(request: ApiRequest, reference: string): ApiRequest;
  /** The vendor's clock: the Date header of the newest answer, in ms since 1970; undefined before one came. */
  vendorClock(): number | undefined;
  /**
   * The same, and where none came yet the Date of a HEAD request to the base URL, asked once; undefined where
   * the server tells none. It is never later than the vendor's clock: an instant that it has passed.
   */
  clock(): Promise<number | undefined>;
  close(): Promise<void>;
}

/** A clock is worth so many tries. */
const CLOCK_TRIES = 3;

/** An HTTP client of one vendor: its time, retries, limits and errors are the same for every connector. */
export function createHttp(options: HttpOptions, env: HttpEnv): HttpClient {
  const base = baseOf(options.baseUrl);
  const { auth, errorsIn } = options;
  let vendorClock: number | undefined;
  let headClock: Promise<number | undefined> | undefined;
  env.onSecrets?.(auth.secrets);
  auth.bind?.(env);
  const exchange = createExchange(options, env);
  const ask = createAsk(base, options, env, exchange, (answer) => {
    const date = dateOf(answer);
    // Of good answers only: a gateway that answers for the vendor has a clock of its own.
    if (answer.status < 300 && !Number.isNaN(date)) vendorClock = date;
  });

  async function clockOfHead(): Promise<number | undefined> {
    const request: ApiRequest = { method: 'HEAD', path: '/' };
    try {
      const date = await ask(
        request,
        dateOf,
        { tries: CLOCK_TRIES },
        {
          // Whatever it is: an answer that bears a Date tells the time. Nobody signs in for that.
          classify: (answer) => (Number.isNaN(dateOf(answer)) ? undefined : { kind: 'fine' }),
          as: anonymous,
        },
      );
      return Number.isNaN(date) ? undefined : date;
    } catch (error) {
      if (env.signal.aborted) throw error;
      env.log.info(`the server was asked for its clock and did not tell: ${(error as Error).message}`);
      return undefined;
    }
  }

  return {
    ask: (request, read, call) => ask(request, read, call),
    json: (request, call) => ask(request, (answer) => checkedJson(answer, errorsIn), call),
    page: (request, selection, call) =>
      ask(request, (answer) => checkedPage(answer, selection, errorsIn), call),
    excerpt: (text, most) => excerpt(text, env.scrub, most),
    follow: (request, reference) => followed(base, request, reference),
    vendorClock: () => vendorClock,
    clock: async () => {
      if (vendorClock !== undefined) return vendorClock;
      headClock ??= clockOfHead();
      const date = await headClock;
      return vendorClock ?? date;
    },
    close: () => exchange.close(),
  };
}

/** The server's clock; NaN where it does not tell. */
function dateOf({ headers }: Answer): number {
  return Date.parse(String(headers.date));
}
