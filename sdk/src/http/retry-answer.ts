import { isHeadraceError, TransientError } from '../errors.ts';

const CODE = 'http.not_ready';

/**
 * Thrown by a `read` of `HttpClient.ask` for an answer that is fine and not the one that is waited for: the request
 * is sent again, after `afterMs` (at least the usual wait), with the tries and limits of any fault. Used up, it is
 * a TransientError (`http.not_ready`) with this sentence.
 * ```ts
 * const page = await http.ask({ path: '/export/7' }, (answer) => {
 *   const page = pageOf(answer, EXPORT);
 *   if (page.field('state') === 'RUNNING') throw new RetryAnswer('the export is not ready', { afterMs: 5000 });
 *   return page;
 * });
 * ```
 */
export class RetryAnswer extends TransientError {
  /** Milliseconds; undefined: the usual wait. */
  readonly afterMs: number | undefined;

  constructor(why: string, { afterMs }: { readonly afterMs?: number } = {}) {
    super(why, { code: CODE });
    this.afterMs = afterMs;
  }
}

/** Also of another copy of the SDK. */
export function isRetryAnswer(error: unknown): error is RetryAnswer {
  return isHeadraceError(error) && error.code === CODE;
}
