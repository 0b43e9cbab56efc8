import { TransientError } from '../errors.ts';
import { InvalidJsonError } from '../protocol/json-bytes.ts';
import type { Page } from '../protocol/page.ts';
import type { Selection } from '../protocol/selection.ts';
import { WrongShapeError, wrongShape } from '../protocol/wrong-shape.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { type Auth, anonymous } from './auth/auth.ts';
import { type Backoff, backoffMs, defaultBackoff } from './backoff.ts';
import { decoded, parseBody } from './body.ts';
import { type Answer, byStatus, type Classify, type Verdict } from './classify.ts';
import { type Limiter, type Limits, LONGEST_WAIT_MS, tooLong } from './limits/limiter.ts';
import { limiterOf } from './limits/shared.ts';
import { certificateError, isNetworkError, isTimeout, networkHint } from './network-error.ts';
import { type ApiRequest, followed, type Target, targetOf } from './request.ts';
import { createTransport, type Transport } from './transport.ts';
import { mostTries } from './tries.ts';
import { ticketFor } from './turn.ts';

/** What a connector says of its vendor's API; the process's own part is `HttpEnv`. */
export interface HttpOptions {
  /** `https://acme.atlassian.net`; a path prefix is kept. */
  readonly baseUrl: string;
  /** Clients with the same object share one limiter; see also `limiter`. */
  readonly auth: Auth;
  readonly headers?: Readonly<Record<string, string>>;
  /** The vendor's own reading of answers, asked before `byStatus`. */
  readonly classify?: Classify;
  /** Fixed budgets, and whether a rate is looked for that nobody tells (→ true). */
  readonly limits?: Limits;
  /**
   * The endpoint that a request counts for where the vendor limits each by itself, e.g. method and path without
   * ids; a burst slows that endpoint only. → all requests count together
   */
  readonly scope?: (request: ApiRequest) => string;
  /** Shared with other clients of the same credential; → the one of `auth`. */
  readonly limiter?: Limiter;
  /** Milliseconds. `headers`: until the answer begins; `body`: between two pieces of it. */
  readonly timeouts?: { readonly connect?: number; readonly headers?: number; readonly body?: number };
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
}

/** How one call differs from the client's others; what wraps a client passes it on. */
export interface CallOptions {
  /** The most tries of this request; → as many as the process makes of any (8; a `check` fewer). */
  readonly tries?: number;
}

/** Requests under one credential: limits, retries, time-outs and errors are taken care of. */
export interface HttpClient {
  /**
   * An answer as `read` makes it; what it throws as InvalidJsonError is asked again.
   * @throws HeadraceError by kind: see `byStatus`
   */
  ask<T>(request: ApiRequest, read: (answer: Answer) => T, options?: CallOptions): Promise<T>;
  /** An answer as a JSON value. @throws HeadraceError by kind; a broken body was asked for again */
  json(request: ApiRequest, options?: CallOptions): Promise<unknown>;
  /** An answer scanned for records; its bytes stay the vendor's. An answer without the records is a fault. */
  page<F extends string, R extends string>(
    request: ApiRequest,
    selection: Selection<F, R>,
    options?: CallOptions,
  ): Promise<Page<F, R>>;
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

const MOST_BYTES = 256 << 20;
/** So many refusals and no good answer between: asking on changes nothing, and locks accounts. */
const MOST_REFUSALS = 5;
/** A clock is worth so many tries. */
const CLOCK_TRIES = 3;

type Fault = Exclude<Verdict, { kind: 'fine' }> & { readonly cause?: unknown; readonly status?: number };
type Tried<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'again' } | Waited | Fault;
/** It was throttled, and the limiter knows until when. */
interface Waited {
  readonly kind: 'paused';
  readonly ms: number;
}

/** An HTTP client of one vendor: its time, retries, limits and errors are the same for every connector. */
export function createHttp(options: HttpOptions, env: HttpEnv): HttpClient {
  const base = new URL(options.baseUrl);
  const { auth, maxAnswerBytes = MOST_BYTES, scope = () => '' } = options;
  const { connect = 30_000, headers = 120_000, body = 60_000 } = options.timeouts ?? {};
  const agentOptions = { connect: { timeout: connect }, headersTimeout: headers, bodyTimeout: body };
  const backoff = env.backoff ?? defaultBackoff;
  const limiter = options.limiter ?? limiterOf(auth, options.limits ?? {}, env);
  let transport: Promise<Transport> | undefined;
  let vendorClock: number | undefined;
  let headClock: Promise<number | undefined> | undefined;
  /** Refusals of the credentials since the last good answer. */
  let refusals = 0;
  let refusal: Error | undefined;
  env.onSecrets?.(auth.secrets);
  auth.bind?.(env);

  async function exchange(
    request: ApiRequest,
    { origin, path, name }: Target,
    signs: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    transport ??= createTransport(agentOptions);
    const [type, sent] =
      request.form !== undefined
        ? ['application/x-www-form-urlencoded', new URLSearchParams(request.form).toString()]
        : request.body !== undefined
          ? ['application/json', JSON.stringify(request.body)]
          : [];
    const { status, headers, bytes } = await (await transport).exchange(
      {
        origin,
        path,
        method: request.method ?? 'GET',
        headers: {
          accept: 'application/json',
          'accept-encoding': 'gzip, deflate',
          ...(type === undefined ? {} : { 'content-type': type }),
          ...options.headers,
          ...request.headers,
          ...signs,
        },
        body: sent,
        name,
        maxBytes: maxAnswerBytes,
      },
      env.signal,
    );
    const date = Date.parse(String(headers.date));
    // Of good answers only: a gateway that answers for the vendor has a clock of its own.
    if (status < 300 && !Number.isNaN(date)) vendorClock = date;
    return {
      status,
      headers,
      bytes: await decoded(bytes, headers['content-encoding'], maxAnswerBytes, name),
      request: name,
    };
  }

  /** Sends until the answer is fine and `read` can make something of it; every fault is asked again. */
  async function ask<T>(
    request: ApiRequest,
    read: (answer: Answer) => T,
    { tries: allowed = backoff.tries }: CallOptions = {},
    { classify = options.classify, as = auth } = {},
  ): Promise<T> {
    const most = Math.min(allowed, backoff.tries, mostTries());
    if (refusal && refusals >= MOST_REFUSALS) throw refusal;
    const target = targetOf(base, request);
    const ticket = ticketFor(limiter);
    let paused = 0;
    let isRenewed = false;
    for (let tries = 1; ; ) {
      const tried = await attempt();
      if (tried.kind === 'done') return tried.value;
      if (tried.kind === 'fatal') throw tried.error;
      if (tried.kind === 'paused') {
        paused += tried.ms;
        env.log.debug(`${target.name}: throttled, for ${Math.round(tried.ms)} ms`);
        if (paused > LONGEST_WAIT_MS) throw tooLong(tried.ms, target.name);
      } else if (tried.kind === 'retry') {
        if (tries >= most) {
          throw new TransientError(`${tried.why} (tried ${tries} times)`, {
            code: isTimeout(tried.cause) ? 'http.timed_out' : 'http.failed',
            place: target.name,
            hint: networkHint(tried.cause),
            status: tried.status,
            cause: tried.cause,
          });
        }
        tries++;
        const wait = Math.max(backoffMs(backoff, tries, env.random()), tried.afterMs ?? 0);
        if (wait > LONGEST_WAIT_MS) throw tooLong(wait, target.name);
        env.log.info(`${target.name}: ${tried.why}; try ${tries} in ${Math.round(wait)} ms`);
        await env.clock.sleep(wait, env.signal);
      }
    }

    async function attempt(): Promise<Tried<T>> {
      const pass = await limiter.enter({
        scope: scope(request),
        signal: env.signal,
        ticket,
        name: target.name,
        onWait: env.onThrottled,
      });
      let answer: Answer | undefined;
      try {
        const signs = await as.headers();
        answer = await exchange(request, target, signs);
        if (answer.status === 401 && as.renew && !isRenewed) {
          isRenewed = true;
          // The slot is not held while it is renewed: others may be waiting for the same.
          pass.done(answer);
          if (await as.renew(signs)) return { kind: 'again' };
        }
        const now = env.clock.now();
        const verdict = classify?.(answer, now) ?? byStatus(answer, now);
        if (verdict.kind === 'throttled') {
          const { afterMs, scope: of = 'endpoint' } = verdict;
          const until = pass.done({ headers: answer.headers, throttled: { afterMs, scope: of } });
          return { kind: 'paused', ms: Math.max(0, (until ?? now) - now) };
        }
        if (verdict.kind === 'fatal' && (verdict.isRefusal ?? answer.status === 401)) {
          refusals++;
          refusal = verdict.error;
        }
        if (verdict.kind !== 'fine') return verdict;
        refusals = 0;
        return { kind: 'done', value: read(answer) };
      } catch (error) {
        if (env.signal.aborted) throw error;
        const untrusted = certificateError(error, target.name);
        if (untrusted) throw untrusted;
        if (error instanceof WrongShapeError) throw new WrongShapeError(error.message, target.name);
        if (error instanceof InvalidJsonError)
          return { kind: 'retry', why: `the answer was cut or broken: ${error.message}`, cause: error };
        if (isNetworkError(error))
          return { kind: 'retry', why: `the connection failed: ${(error as Error).message}`, cause: error };
        throw error;
      } finally {
        pass.done({ headers: answer?.headers });
      }
    }
  }

  async function clockOfHead(): Promise<number | undefined> {
    const dated = (answer: Answer): number => Date.parse(String(answer.headers.date));
    try {
      const request: ApiRequest = { method: 'HEAD', path: '/' };
      const tries = { tries: CLOCK_TRIES };
      const date = await ask(request, dated, tries, {
        // Whatever it is: an answer that bears a Date tells the time. Nobody signs in for that.
        classify: (answer) => (Number.isNaN(dated(answer)) ? undefined : { kind: 'fine' }),
        as: anonymous,
      });
      return Number.isNaN(date) ? undefined : date;
    } catch (error) {
      if (env.signal.aborted) throw error;
      env.log.info(`the server was asked for its clock and did not tell: ${(error as Error).message}`);
      return undefined;
    }
  }

  return {
    ask: (request, read, options) => ask(request, read, options),
    json: (request, options) => ask(request, ({ bytes }) => parseBody(bytes), options),
    page: (request, selection, options) => ask(request, (answer) => scanned(answer, selection), options),
    follow: (request, reference) => followed(base, request, reference),
    vendorClock: () => vendorClock,
    clock: async () => {
      if (vendorClock !== undefined) return vendorClock;
      headClock ??= clockOfHead();
      const date = await headClock;
      return vendorClock ?? date;
    },
    close: async () => (await transport)?.close(),
  };
}

/** An answer as a page. @throws WrongShapeError where its records are missing: that is no empty page */
export function scanned<F extends string, R extends string>(
  { bytes }: Answer,
  selection: Selection<F, R>,
): Page<F, R> {
  const page = selection.scan(bytes);
  const { records } = selection;
  if (records !== undefined && !page.hasRecords) throw wrongShape(bytes, records);
  return page;
}
