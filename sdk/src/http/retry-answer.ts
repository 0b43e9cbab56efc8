import { isHeadraceError, TransientError } from '../errors.ts';

const CODE = 'http.not_ready';

/**
 * Throw this from the `read` function of `HttpClient.ask` if a response is good but not ready yet. The request is
 * sent again after `afterMs` (at least the usual wait), with the same tries and limits as for any fault. When the
 * tries are used up, the result is a TransientError (`http.not_ready`) with this message.
 * ```ts
 * const page = await http.ask({ path: '/export/7' }, (answer) => {
 *   const page = pageOf(answer, EXPORT);
 *   if (page.field('state') === 'RUNNING') throw new RetryAnswer('the export is not ready', { afterMs: 5000 });
 *   return page;
 * });
 * ```
 */
export class RetryAnswer extends TransientError {
  /** Milliseconds; undefined means the usual wait. */
  readonly afterMs: number | undefined;

  constructor(why: string, { afterMs }: { readonly afterMs?: number } = {}) {
    super(why, { code: CODE });
    this.afterMs = afterMs;
  }
}

/** Also recognises errors from another copy of the SDK. */
export function isRetryAnswer(error: unknown): error is RetryAnswer {
  return isHeadraceError(error) && error.code === CODE;
}
