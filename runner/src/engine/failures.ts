import type { ErrorTrace, JsonObject } from '@headrace/sdk/protocol';
import {
  asHeadraceError,
  ConfigError,
  ConfigErrors,
  DataError,
  type HeadraceError,
  SystemError,
  TransientError,
} from '@headrace/sdk/spec';
import type { Exit } from './connector.ts';
import type { Origin, RunError } from './events.ts';

const LONGEST_PLACE = 500;
const LONGEST_HINT = 2000;
const CODE = /^[a-z][a-z0-9_]{0,49}(?:\.[a-z0-9_]{1,50}){1,3}$/;

/**
 * A connector's TRACE ERROR as one of our errors: what the caller should do is in its class. Code, place and hint come
 * from `x-headrace`, where they are usable.
 * @param scrub takes secrets away; called before anything is cut
 */
export function failureOf(trace: ErrorTrace, scrub: (text: string) => string): HeadraceError {
  const kind = trace.failure_type;
  const { code, place, hint } = factsOf(trace['x-headrace'], scrub);
  const details = {
    code: code ?? `connector.${kind ?? 'system_error'}`,
    place: cut(place, LONGEST_PLACE),
    hint: cut(hint, LONGEST_HINT),
    cause: trace.internal_message,
  };
  const said = [trace.message, trace.internal_message].find(
    (text) => typeof text === 'string' && text !== '',
  );
  const sentence = withoutFacts(scrub(said ?? ''), place, hint);
  const message = withoutTraceback(sentence) || 'it failed and gave no message';
  if (kind === 'config_error') return new ConfigError(message, details);
  if (kind === 'transient_error') return new TransientError(message, details);
  return new SystemError(message, details);
}

/** The connector may be anybody's, so the values may be anything. */
function factsOf(facts: unknown, scrub: (text: string) => string) {
  const given = (typeof facts === 'object' && facts !== null ? facts : {}) as Record<string, unknown>;
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' && value.trim() !== '' ? scrub(value) : undefined;
  // Codes are identifiers and are not scrubbed later.
  const code = text(given.code);
  return {
    code: code !== undefined && code === given.code && CODE.test(code) ? code : undefined,
    place: text(given.place),
    hint: text(given.hint),
  };
}

function cut(text: string | undefined, length: number): string | undefined {
  return text !== undefined && text.length > length ? `${text.slice(0, length)}…` : text;
}

/** The message of a connector of ours is `place: sentence → hint`, for clients that show one line. */
function withoutFacts(message: string, place: string | undefined, hint: string | undefined): string {
  const behind = hint === undefined ? '' : ` → ${hint}`;
  const sentence = message.endsWith(behind) ? message.slice(0, message.length - behind.length) : message;
  const before = `${place}: `;
  const at = place === undefined ? -1 : sentence.indexOf(before);
  return at === -1 ? sentence : sentence.slice(0, at) + sentence.slice(at + before.length);
}

/** A message without its traceback, which goes to the log. If the message is nothing but a traceback, its last line. */
function withoutTraceback(text: string): string {
  const at = text.search(/^(?:Traceback \(most recent call last\)|\s+at \S.*[(:]\S+)/m);
  if (at === -1) return text.trim();
  return text.slice(0, at).trim() || (text.trim().split('\n').at(-1) as string).trim();
}

/** Whether a retry cannot help, because the user has to fix something. */
export function isPermanent(error: HeadraceError): error is ConfigError {
  return error.failureType === 'config_error';
}

/** A process that ended badly and did not say why. Another attempt may help. */
export function endedBadly(who: string, exit: Exit): TransientError {
  const how = exit.signal ? `was ended by ${exit.signal}` : `ended with exit code ${exit.code}`;
  const last = exit.stderr.split('\n').slice(-5).join('\n');
  return new TransientError(`${who} ${how}`, {
    code: 'connector.crashed',
    hint: last === '' ? undefined : `its last output: ${last}`,
  });
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

/** The same error with a place in the job, if it has none yet. */
export function placed(error: HeadraceError, place: string): HeadraceError {
  return error instanceof ConfigErrors ? error : movedTo(error, error.place ?? place);
}

/** The same error at another place. */
export function movedTo(error: HeadraceError, place: string): HeadraceError {
  const { message, code, hint, cause } = error;
  const details = { code, place, hint, cause };
  if (isPermanent(error)) return new ConfigError(message, details);
  return error.failureType === 'transient_error'
    ? new TransientError(message, details)
    : new SystemError(message, details);
}

/** A place that a connector named: an option of its configuration becomes a path of the job. */
export function inJob(
  error: HeadraceError,
  role: 'source' | 'destination',
  config: JsonObject,
): HeadraceError {
  const option = error.place?.split(/[.[]/, 1)[0];
  return option && Object.hasOwn(config, option) ? movedTo(error, `${role}.config.${error.place}`) : error;
}

/** What an end answers; if it fails, the error has its place in the job. */
export async function ofEnd<T>(
  role: 'source' | 'destination',
  config: JsonObject,
  answer: Promise<T>,
): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw placed(inJob(asHeadraceError(error), role, config), role);
  }
}

/** The error for lines that carry data but cannot be read. */
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
    hint: `the lines are in ${path}; once a later state is committed, they are not read again`,
  });
}
