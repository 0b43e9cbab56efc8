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
import type { Meter } from './limits/meter.ts';
import { checkedJson, checkedPage, type ErrorsIn } from './read-answer.ts';
import { type ApiRequest, baseOf, followed } from './request.ts';

/** What a connector configures for its vendor's API. What the process provides is in `HttpEnv`. */
export interface HttpOptions {
  /** `https://acme.atlassian.net`. A path prefix is kept. */
  readonly baseUrl: string;
  /** Clients with the same `auth` object share one limiter; see also `limiter`. */
  readonly auth: Auth;
  readonly headers?: Readonly<Record<string, string>>;
  /** Vendor-specific classification of responses, called before `byStatus`. */
  readonly classify?: Classify;
  /**
   * Returns the vendor's error message if the JSON of a response is an error although its status is good. Called
   * for every response of `json`, and for pages that are empty or have another shape.
   */
  readonly errorsIn?: ErrorsIn;
  /**
   * Whether errors may quote a response that is not JSON. Default: true. Set to false for an endpoint that returns
   * secrets; `classify` must then not quote either.
   */
  readonly quotes?: boolean;
  /** Fixed budgets, and whether to look for an allowed rate that the vendor does not report (default: true). */
  readonly limits?: Limits;
  /**
   * The endpoint that a request counts for, if the vendor limits endpoints separately, e.g. method and path
   * without ids. A burst then slows down only that endpoint. Default: all requests count together.
   */
  readonly scope?: (request: ApiRequest) => string;
  /**
   * What goes first if requests have to wait: lower ranks, and among equals the first ones. With a small budget, what is
   * worth most should have the lowest rank; others may wait for as long as it lasts. Default: 0 for all.
   */
  readonly rank?: (request: ApiRequest) => number;
  /** A limiter to share with other clients of the same credential. Default: the limiter of `auth`. */
  readonly limiter?: Limiter;
  /**
   * In milliseconds. `headers`: until the response begins (default: 2 minutes). `body`: between two chunks
   * (default: 1 minute). `answer`: until the response is complete, plus one second for each KiB received (default:
   * 5 minutes).
   */
  readonly timeouts?: {
    readonly connect?: number;
    readonly headers?: number;
    readonly body?: number;
    readonly answer?: number;
  };
  /**
   * The largest response, uncompressed. A larger one is a DataError, so that the process does not run out of
   * memory. Default: 256 MiB.
   */
  readonly maxAnswerBytes?: number;
}

/** What the process provides to its HTTP clients. */
export interface HttpEnv {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly backoff?: Backoff;
  /** The most requests in flight at a time, per credential. Default: 8. */
  readonly concurrency?: number;
  /** A budget of requests that this process shares with others of this machine. */
  readonly machine?: Meter;
  /** Called once for each wait of more than 5 s that the vendor imposes; `until` in milliseconds since 1970. */
  readonly onThrottled?: (until: number) => void;
  /** Called with values that must be scrubbed from output. */
  readonly onSecrets?: (values: readonly string[]) => void;
  /** Removes known secrets from a text, before it is cut for an error message (invariant 6). */
  readonly scrub?: (text: string) => string;
}

/** Options for a single call. Code that wraps a client must pass them on. */
export interface CallOptions {
  /**
   * The most tries for this request, unless the server says when to come again. Default: the process's limit (8;
   * fewer for a `check`).
   */
  readonly tries?: number;
}

/** Sends requests with one credential and takes care of limits, retries, time-outs and errors. */
export interface HttpClient {
  /**
   * A response, converted by `read`. If `read` throws `RetryAnswer`, or the errors of `jsonOf` and `pageOf` for a
   * broken body, the request is sent again. Any other error ends it.
   * @throws HeadraceError by kind: see `byStatus`; ConfigError (`http.not_the_api`) for a web page or text instead
   *   of JSON, or TransientError if that happens between good responses and persists
   */
  ask<T>(request: ApiRequest, read: (answer: Answer) => T, options?: CallOptions): Promise<T>;
  /** A response as a JSON value. @throws as `ask` does, and DataError (`http.error_in_answer`): see `errorsIn` */
  json(request: ApiRequest, options?: CallOptions): Promise<unknown>;
  /**
   * A response scanned for records, whose bytes stay the vendor's.
   * @throws as `json` does, and DataError (`answer.wrong_shape`) at once if the records are not in the expected
   *   place
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
   * The request for a URL found in the response to `request`. A relative URL is resolved against that request's
   * own.
   * @throws ConfigError (`http.other_host`) if it is on another host than the base URL
   */
  follow(request: ApiRequest, reference: string): ApiRequest;
  /**
   * The vendor's clock in ms since 1970, from the Date header of the newest response; undefined before the first
   * one.
   */
  vendorClock(): number | undefined;
  /**
   * The vendor's clock; if there was no response yet, from the Date of one HEAD request to the base URL. Undefined
   * if the server sends none. It is never ahead of the vendor's clock: the vendor has passed this instant.
   */
  clock(): Promise<number | undefined>;
  close(): Promise<void>;
}

/** How many tries the request for the clock gets. */
const CLOCK_TRIES = 3;

/**
 * Creates an HTTP client for one vendor. Time-outs, retries, limits and errors work the same way for every
 * connector.
 */
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
    // Only from good responses: a gateway that responds in the vendor's place has its own clock.
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
          // Any response with a Date header gives the time, whatever its status. This request needs no sign-in.
          classify: (answer) => (Number.isNaN(dateOf(answer)) ? undefined : { kind: 'fine' }),
          as: anonymous,
        },
      );
      return Number.isNaN(date) ? undefined : date;
    } catch (error) {
      if (env.signal.aborted) throw error;
      env.log.info(`the server's clock could not be read: ${(error as Error).message}`);
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

/** The server's clock; NaN if the response has no Date. */
function dateOf({ headers }: Answer): number {
  return Date.parse(String(headers.date));
}
