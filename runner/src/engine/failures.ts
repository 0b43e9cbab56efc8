import type { ErrorTrace } from '@headrace/sdk/protocol';
import {
  ConfigError,
  ConfigErrors,
  DataError,
  type HeadraceError,
  SystemError,
  TransientError,
} from '@headrace/sdk/spec';
import type { Origin, RunError } from './events.ts';

/** A connector's TRACE ERROR as one of our errors: what the caller should do is in its class. */
export function failureOf(trace: ErrorTrace): HeadraceError {
  const kind = trace.failure_type;
  const details = { code: `connector.${kind ?? 'system_error'}`, cause: trace.internal_message };
  const said = [trace.message, trace.internal_message].find(
    (text) => typeof text === 'string' && text !== '',
  );
  const message = withoutTraceback(said ?? '') || 'it failed and gave no message';
  if (kind === 'config_error') return new ConfigError(message, details);
  if (kind === 'transient_error') return new TransientError(message, details);
  return new SystemError(message, details);
}

/** What a message says to people. A traceback in it is for the log; of one that is all of it, its last line. */
function withoutTraceback(text: string): string {
  const at = text.search(/^(?:Traceback \(most recent call last\)|\s+at \S.*[(:]\S+)/m);
  if (at === -1) return text.trim();
  return text.slice(0, at).trim() || (text.trim().split('\n').at(-1) as string).trim();
}

/** Whether trying again cannot help: the user has to mend something. */
export function isPermanent(error: HeadraceError): error is ConfigError {
  return error.failureType === 'config_error';
}

/** An error as plain data. */
export function errorData(error: HeadraceError, origin: Origin, stream?: string): RunError {
  return {
    code: error.code,
    message: error.message,
    failure_type: error.failureType,
    ...(error.place ? { place: error.place } : {}),
    ...(error.hint ? { hint: error.hint } : {}),
    origin,
    ...(stream ? { stream } : {}),
  };
}

/** The same error, of the same kind, with its place in the job where it has none. */
export function placed(error: HeadraceError, place: string): HeadraceError {
  return error instanceof ConfigErrors ? error : movedTo(error, error.place ?? place);
}

/** The same error, of the same kind, at another place. */
export function movedTo(error: HeadraceError, place: string): HeadraceError {
  const { message, code, hint, cause } = error;
  const details = { code, place, hint, cause };
  if (isPermanent(error)) return new ConfigError(message, details);
  return error.failureType === 'transient_error'
    ? new TransientError(message, details)
    : new SystemError(message, details);
}

/** Of lines that carry data and cannot be read. */
export function unreadableError(
  stream: string | undefined,
  reason: string,
  path: string,
  lines = 1,
): DataError {
  const whose = stream ?? 'a stream that it does not name';
  const what = lines === 1 ? 'a line that carries data' : `${lines} lines that carry data`;
  return new DataError(`${what} of ${whose} cannot be read: ${reason}`, {
    code: 'pipe.unreadable_line',
    hint: `what could not be read is in ${path}; once a later state is committed, it is not read again`,
  });
}
