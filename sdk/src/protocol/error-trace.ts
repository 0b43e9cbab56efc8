import { ConfigErrors, formatError, type HeadraceError, oneLine } from '../errors.ts';
import type { ErrorTrace, StreamDescriptor } from './messages.ts';

/**
 * An error as a TRACE ERROR. Its code, place and hint are in `x-headrace`, next to the protocol's fields, so that
 * the runner can show them. Several errors at once have one code; their places and hints are in the message.
 * @param message what clients show that only know the protocol: place, sentence and hint on one line
 * @param stream the stream that failed; undefined means the whole run
 */
export function errorTrace(
  error: HeadraceError,
  message = oneLine(error),
  stream?: StreamDescriptor,
): ErrorTrace {
  const single = error instanceof ConfigErrors && error.errors.length === 1 ? error.errors[0]! : error;
  const { code, place, hint } = single;
  return {
    message,
    internal_message: formatError(error),
    stack_trace: stackOf(error),
    failure_type: error.failureType,
    ...(stream ? { stream_descriptor: stream } : {}),
    'x-headrace': single instanceof ConfigErrors ? { code } : { code, place, hint },
  };
}

/** The stack of the cause if there is one, because that is where the unexpected happened. */
function stackOf(error: HeadraceError): string | undefined {
  return error.cause instanceof Error ? error.cause.stack : error.stack;
}
