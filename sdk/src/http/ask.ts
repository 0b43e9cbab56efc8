import { type HeadraceError, TransientError } from '../errors.ts';
import type { Auth } from './auth/auth.ts';
import { backoffMs, defaultBackoff } from './backoff.ts';
import { type Answer, byStatus, type Classify, type Verdict } from './classify.ts';
import type { CallOptions, HttpEnv, HttpOptions } from './client.ts';
import type { Exchange } from './exchange.ts';
import { type Fault, faultOf } from './fault.ts';
import { LONGEST_WAIT_MS, tooLong } from './limits/limiter.ts';
import { limiterOf } from './limits/shared.ts';
import { isTimeout, networkHint } from './network-error.ts';
import { endpointName } from './paging/list-name.ts';
import { type ApiRequest, targetOf } from './request.ts';
import { Standing } from './standing.ts';
import { countRequest, mostTries } from './tries.ts';
import { ticketFor } from './turn.ts';

/** The result of one try. */
type Tried<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** The credentials may be good: send the request again, without counting it as a try. */
  | { readonly kind: 'again'; readonly why: string; readonly afterMs: number }
  /** Throttled; the limiter knows until when. */
  | { readonly kind: 'paused'; readonly ms: number }
  | Fault;

/** How the client sends its own requests, which no connector made. */
interface AskAs {
  readonly classify?: Classify;
  readonly as?: Auth;
}

export type Ask = <T>(
  request: ApiRequest,
  read: (answer: Answer) => T,
  options?: CallOptions,
  how?: AskAs,
) => Promise<T>;

/**
 * Sends a request until the response is good and `read` accepts it.
 * @param onAnswer called with each response
 */
export function createAsk(
  base: URL,
  options: HttpOptions,
  env: HttpEnv,
  exchange: Exchange,
  onAnswer: (answer: Answer) => void,
): Ask {
  const { auth, scope = () => '', rank = () => 0 } = options;
  const backoff = env.backoff ?? defaultBackoff;
  const limiter = options.limiter ?? limiterOf(auth, options.limits ?? {}, env);
  const standing = new Standing();

  return async function ask<T>(
    request: ApiRequest,
    read: (answer: Answer) => T,
    { tries: allowed = backoff.tries }: CallOptions = {},
    { classify = options.classify, as = auth }: AskAs = {},
  ): Promise<T> {
    const all = Math.min(backoff.tries, mostTries());
    const target = targetOf(base, request);
    const endpoint = scope(request);
    const ticket = ticketFor(limiter);
    countRequest('made');
    let paused = 0;
    /** Faults that have their own number of tries. */
    let few = 0;
    let isDoubted = false;
    for (let tries = 1; ; ) {
      standing.mustStand();
      const tried = await attempt();
      if (tried.kind === 'done') {
        countRequest('answered');
        return tried.value;
      }
      if (tried.kind === 'fatal') throw tried.error;
      if (tried.kind === 'paused') {
        // The pause that goes beyond it is still waited for: a quota is full again within an hour, if nothing says when.
        if (paused > LONGEST_WAIT_MS) throw tooLong(tried.ms, target.name);
        paused += tried.ms;
        env.log.debug(`${target.name}: throttled, for ${Math.round(tried.ms)} ms`);
        continue;
      }
      if (tried.kind === 'retry') {
        // If the server says when to come again, or the fault has its own number of tries, the caller's limit does
        // not apply.
        const isTold = tried.afterMs !== undefined || tried.most !== undefined;
        const most = isTold ? all : Math.min(allowed, all);
        if (tries >= most || (tried.most !== undefined && ++few > tried.most))
          throw givenUp(tried, tries, target.name);
        tries++;
      }
      const wait = tried.kind === 'again' ? tried.afterMs : waitOf(tried, tries);
      if (wait > LONGEST_WAIT_MS) throw tooLong(wait, target.name);
      const next = `${target.name}: ${tried.why}; try ${tries} in ${Math.round(wait)} ms`;
      // A request that is sent once more has not failed until it is refused again.
      if (tried.kind === 'again') env.log.debug(next);
      else env.log.info(next);
      if (wait > 0) await env.clock.sleep(wait, env.signal);
    }

    async function attempt(): Promise<Tried<T>> {
      const pass = await limiter.enter({
        scope: endpoint,
        signal: env.signal,
        ticket,
        rank: rank(request),
        name: target.name,
        onWait: env.onThrottled,
      });
      let answer: Answer | undefined;
      try {
        const signs = await as.headers();
        answer = await exchange.send(request, target, signs);
        onAnswer(answer);
        if (answer.status === 401 && as.renew && !isDoubted) {
          // Release the slot while renewing: other requests may be waiting for the same renewal.
          pass.done(answer);
          if (await as.renew(signs)) {
            isDoubted = true;
            return { kind: 'again', why: 'the access token was refused and renewed', afterMs: 0 };
          }
        }
        const now = env.clock.now();
        const verdict = classify?.(answer, now) ?? byStatus(answer, now);
        if (verdict.kind === 'throttled') {
          const { afterMs, scope: of = 'endpoint' } = verdict;
          const until = pass.done({ headers: answer.headers, throttled: { afterMs, scope: of } });
          return { kind: 'paused', ms: Math.max(0, (until ?? now) - now) };
        }
        if (verdict.kind === 'fatal' && as === auth) return refused(answer, verdict);
        if (verdict.kind !== 'fine') return verdict;
        const value = read(answer);
        if (as === auth) standing.answered();
        return { kind: 'done', value };
      } catch (error) {
        if (env.signal.aborted) throw error;
        const { errorsIn, quotes = true } = options;
        const fault = faultOf(error, answer, target, { isKnown: standing.isGood, errorsIn, quotes });
        if (!fault) throw error;
        return fault;
      } finally {
        pass.done({ headers: answer?.headers });
      }
    }

    /** A refusal is accepted at once, or after one more request: see Standing. */
    function refused({ status }: Answer, verdict: Verdict & { kind: 'fatal' }): Tried<T> {
      const { error, isRefusal } = verdict;
      const isOfAll = isRefusal ?? status === 401;
      const isOfThis = !isOfAll && isRefusal === undefined && status === 403;
      const isWorthIt = isOfAll
        ? standing.refused(error)
        : isOfThis && standing.forbidden(endpointName(request));
      if (!isWorthIt || isDoubted) {
        if (isOfThis) standing.confirm(endpointName(request));
        return verdict;
      }
      isDoubted = true;
      const why = `${error.message}, after good answers`;
      return { kind: 'again', why, afterMs: backoffMs(backoff, 2, env.random()) };
    }
  };

  function waitOf({ afterMs = 0 }: Fault & { kind: 'retry' }, next: number): number {
    return Math.max(backoffMs(backoff, next, env.random()), afterMs);
  }
}

/** The error for a fault that remained after all tries. */
function givenUp(fault: Fault & { kind: 'retry' }, tries: number, place: string): HeadraceError {
  const { why, as, status, cause } = fault;
  const message = `${why}, tried ${tries} ${tries === 1 ? 'time' : 'times'}`;
  const more = { place, status, cause };
  if (as === 'not_the_api')
    return new TransientError(message, {
      code: 'http.not_the_api',
      hint: 'it gave good answers before, so this may be maintenance: run again later',
      ...more,
    });
  if (as === 'not_ready') return new TransientError(message, { code: 'http.not_ready', ...more });
  if (isTimeout(cause)) return new TransientError(message, { code: 'http.timed_out', ...more });
  return new TransientError(message, { code: 'http.failed', hint: networkHint(cause), ...more });
}
