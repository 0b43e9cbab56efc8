import { type HeadraceError, isHeadraceError } from '../errors.ts';
import { InvalidJsonError } from '../protocol/json-bytes.ts';
import { isTooHeavy } from './heavy.ts';

/** What a server answers when it cannot take one of the things that it was asked for. */
const REFUSALS: ReadonlySet<number | undefined> = new Set([400, 404, 413, 422]);

/**
 * Whether a request may have failed because of one of the records that it asked for: it was refused, the server failed
 * over it, the answer was too large, was broken each time, did not come in time, or is not what it should be (a
 * DataError). Refused credentials, throttling, redirects and a network that is down are no record's fault.
 */
export function mayBeOneRecords(error: unknown): error is HeadraceError {
  if (!isHeadraceError(error)) return false;
  return isTooHeavy(error) || isAnswered(error) || error.cause instanceof InvalidJsonError;
}

/** Whether it took several tries to fail: then it may be an outage, and no record's fault. */
export function mayBeOutage(error: HeadraceError): boolean {
  return !isAnswered(error);
}

/** The server took it and refused, or answered with something that is not what it should be. */
function isAnswered({ name, status }: HeadraceError): boolean {
  // By the name, which a DataError of another copy of the SDK has too.
  return REFUSALS.has(status) || (name === 'DataError' && status === undefined);
}
