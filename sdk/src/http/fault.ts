import { ConfigError, isHeadraceError } from '../errors.ts';
import { InvalidJsonError } from '../protocol/json-bytes.ts';
import { WrongShapeError } from '../protocol/wrong-shape.ts';
import type { Answer, Verdict } from './classify.ts';
import { certificateError, isNetworkError } from './network-error.ts';
import { proxiesOf, proxyError, proxyStatus } from './proxy.ts';
import { type ErrorsIn, errorInAnswer, jsonOf } from './read-answer.ts';
import type { Target } from './request.ts';
import { isRetryAnswer } from './retry-answer.ts';
import { foreignOf } from './web-page.ts';

/** Why a try failed. */
export type Fault =
  | (Verdict & { readonly kind: 'fatal' })
  | (Verdict & {
      readonly kind: 'retry';
      /** The number of further tries for this fault, regardless of the call's own limit. */
      readonly most?: number;
      /** The kind of error if the fault remains. Default: a failure or a time-out. */
      readonly as?: 'not_the_api' | 'not_ready';
      readonly cause?: unknown;
    });

/** A web page between good responses may be a maintenance page: try this many more times. */
const PAGE_TRIES = 3;

/** What is known when a response cannot be read. */
interface Known {
  /** Whether this server has given a good response before. */
  readonly isKnown: boolean;
  readonly errorsIn: ErrorsIn | undefined;
  /** Whether the response may be quoted. */
  readonly quotes: boolean;
}

/**
 * Classifies what was thrown between sending a request and reading its response.
 * @returns undefined if neither the server nor the network caused it
 */
export function faultOf(
  error: unknown,
  answer: Answer | undefined,
  target: Target,
  { isKnown, errorsIn, quotes }: Known,
): Fault | undefined {
  if (answer && error instanceof InvalidJsonError) return unreadable(error, answer, isKnown, quotes);
  if (answer && error instanceof WrongShapeError) {
    const said = errorsIn?.(jsonOf(answer));
    const place = target.name;
    return {
      kind: 'fatal',
      error: said === undefined ? new WrongShapeError(error.message, place) : errorInAnswer(answer, said),
    };
  }
  if (isRetryAnswer(error)) {
    const { message: why, afterMs } = error;
    return { kind: 'retry', why, afterMs, as: 'not_ready', status: answer?.status };
  }
  if (isHeadraceError(error)) return undefined;
  return ofProxy(error, target) ?? ofNetwork(error, target);
}

/** Text that is not JSON: a page for people, or a truncated response. */
function unreadable(thrown: InvalidJsonError, answer: Answer, isKnown: boolean, quotes: boolean): Fault {
  const { status, bytes, request, scrub } = answer;
  const foreign = foreignOf(bytes, quotes, scrub);
  if (foreign === undefined) {
    const why = `the answer was cut or broken: ${thrown.message}`;
    return { kind: 'retry', why, cause: thrown };
  }
  const why = `the server answered ${status} with ${foreign}, not with JSON`;
  if (isKnown) return { kind: 'retry', why, as: 'not_the_api', most: PAGE_TRIES, status };
  const error = new ConfigError(why, {
    code: 'http.not_the_api',
    hint: 'is base_url the address of the API, and can programs reach the server without a sign-on page?',
    place: request,
    status,
  });
  return { kind: 'fatal', error };
}

function ofProxy(error: unknown, { origin, name }: Target): Fault | undefined {
  const status = proxyStatus(error);
  if (status === undefined) return undefined;
  const { http, https } = proxiesOf(process.env);
  const url = new URL(origin);
  const proxy = (url.protocol === 'https:' ? https : http)?.name ?? 'HTTPS_PROXY';
  if (status >= 500 || status === 429)
    return { kind: 'retry', why: `the proxy of ${proxy} answered ${status}`, cause: error };
  return { kind: 'fatal', error: proxyError(status, proxy, url.host, name) };
}

function ofNetwork(error: unknown, { name }: Target): Fault | undefined {
  const untrusted = certificateError(error, name);
  if (untrusted) return { kind: 'fatal', error: untrusted };
  if (!isNetworkError(error)) return undefined;
  return { kind: 'retry', why: `the connection failed: ${(error as Error).message}`, cause: error };
}
