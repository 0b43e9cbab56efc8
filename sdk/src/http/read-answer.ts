import type { Buffer } from 'node:buffer';
import { DataError } from '../errors.ts';
import { InvalidJsonError } from '../protocol/json-bytes.ts';
import { withoutNonNumbers } from '../protocol/non-numbers.ts';
import type { Page } from '../protocol/page.ts';
import { Selection } from '../protocol/selection.ts';
import { wrongShape } from '../protocol/wrong-shape.ts';
import type { Answer } from './classify.ts';
import { excerpt } from './excerpt.ts';

/**
 * The vendor's error message, if a body is an error in spite of its status: `{"errorMessages": […]}` with 200.
 * Undefined if it is not an error.
 */
export type ErrorsIn = (body: unknown) => string | undefined;

const ANYTHING = new Selection({});

/** An empty page with more bytes than this is not checked for an error. */
const LOOKED_AT = 64 << 10;

/**
 * A response as a JSON value. For the `read` of `HttpClient.ask`. @throws InvalidJsonError, after which the
 * request is sent again
 */
export function jsonOf({ bytes }: { readonly bytes: Buffer }): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // JSON.parse quotes the text, which may contain a secret (invariant 6). The scan reports only where it is
    // broken.
    ANYTHING.scan(bytes);
    throw new InvalidJsonError(0, 'it cannot be parsed');
  }
}

/**
 * A response as a page of records. For the `read` of `HttpClient.ask`; `HttpClient.page` is the shortcut.
 * @throws InvalidJsonError, after which the request is sent again; WrongShapeError (`answer.wrong_shape`) if the
 *   list of records is missing, which is not the same as an empty page
 */
export function pageOf<F extends string, R extends string>(
  { bytes }: { readonly bytes: Buffer },
  selection: Selection<F, R>,
): Page<F, R> {
  const page = selection.scan(bytes);
  const { records } = selection;
  if (records !== undefined && !page.hasRecords) throw wrongShape(bytes, records);
  return page;
}

/**
 * `pageOf` for a server that writes numbers that JSON does not have (NaN, Infinity), as some in Java do: they become
 * null, and the records that had some say so (`Page.mended`). For the `read` of `HttpClient.ask`.
 */
export function pageOfLoose<F extends string, R extends string>(
  answer: { readonly bytes: Buffer },
  selection: Selection<F, R>,
): Page<F, R> {
  try {
    return pageOf(answer, selection);
  } catch (error) {
    const mended = error instanceof InvalidJsonError ? withoutNonNumbers(answer.bytes) : undefined;
    if (!mended) throw error;
    const page = pageOf(mended, selection);
    const rows = Array.from({ length: page.count }, (_, row) => row);
    const isMended = (row: number): boolean => {
      const [start, end] = page.span(row);
      return mended.nulls.some((at) => at >= start && at < end);
    };
    page.mended = new Set(rows.filter(isMended));
    return page;
  }
}

/** `jsonOf` that recognises the vendor's errors. @throws also DataError (`http.error_in_answer`) */
export function checkedJson(answer: Answer, errorsIn: ErrorsIn | undefined): unknown {
  const value = jsonOf(answer);
  const said = errorsIn?.(value);
  if (said !== undefined) throw errorInAnswer(answer, said);
  return value;
}

/**
 * `pageOf` that recognises the vendor's errors. Only an empty page is checked, because an error has no records.
 */
export function checkedPage<F extends string, R extends string>(
  answer: Answer,
  selection: Selection<F, R>,
  errorsIn: ErrorsIn | undefined,
): Page<F, R> {
  const page = pageOf(answer, selection);
  if (errorsIn && page.count === 0 && answer.bytes.length <= LOOKED_AT) checkedJson(answer, errorsIn);
  return page;
}

/** The error for a response whose status is good but whose body is the vendor's error. */
export function errorInAnswer({ status, request, scrub }: Answer, said: string): DataError {
  return new DataError(`the server answered ${status} with an error: ${excerpt(said, scrub)}`, {
    code: 'http.error_in_answer',
    place: request,
    status,
  });
}
