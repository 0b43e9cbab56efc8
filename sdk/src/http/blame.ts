import { type HeadraceError, isHeadraceError } from '../errors.ts';
import { InvalidJsonError } from '../protocol/json-bytes.ts';
import { isTooHeavy } from './heavy.ts';

/** Statuses with which a server responds if it cannot handle one of the requested records. */
const REFUSALS: ReadonlySet<number | undefined> = new Set([400, 404, 413, 422]);

/**
 * Whether a request may have failed because of one of the records it asked for. Such a request was refused, made
 * the server fail, or its response was too large, broken each time, too slow or of the wrong shape (a DataError).
 * Refused credentials, throttling, redirects and network failures are never a record's fault.
 */
export function mayBeOneRecords(error: unknown): error is HeadraceError {
  if (!isHeadraceError(error)) return false;
  return isTooHeavy(error) || isAnswered(error) || error.cause instanceof InvalidJsonError;
}

/** Whether it failed only after several tries. It may then be an outage rather than a record's fault. */
export function mayBeOutage(error: HeadraceError): boolean {
  return !isAnswered(error);
}

/** The server accepted the request and refused it, or its response has the wrong shape. */
function isAnswered({ name, status }: HeadraceError): boolean {
  // Checked by name, which a DataError from another copy of the SDK also has.
  return REFUSALS.has(status) || (name === 'DataError' && status === undefined);
}
