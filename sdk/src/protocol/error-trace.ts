import { ConfigErrors, formatError, type HeadraceError, oneLine } from '../errors.ts';
import type { ErrorTrace, StreamDescriptor } from './messages.ts';

/**
 * An error as the protocol carries it. Its code, place and hint stand beside the protocol's fields in `x-headrace`, so
 * that the runner can show them. Several errors at once have one code; their places and hints are in the message.
 * @param message what clients show that know the protocol only: place, sentence and hint on one line
 * @param stream the stream that failed; undefined: the whole run
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

/** The stack, or that of the cause where there is one: what nobody expected happened there. */
function stackOf(error: HeadraceError): string | undefined {
  return error.cause instanceof Error ? error.cause.stack : error.stack;
}
