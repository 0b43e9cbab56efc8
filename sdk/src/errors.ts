import type { FailureType } from './protocol/messages.ts';
import { printable } from './protocol/printable.ts';

/** What an error says besides its sentence. */
export interface ErrorDetails {
  /** A dotted name that stays the same, e.g. `config.field_required`. */
  code: string;
  /** Where: a config path, a file and line, an HTTP request line (method and path, no query). */
  place?: string;
  /** What to do, in one line. */
  hint?: string;
  /** The HTTP status of the answer that it is about. */
  status?: number;
  cause?: unknown;
}

const MARK = Symbol.for('headrace.error');

/**
 * The base of everything we throw on purpose, grouped by what the caller should do. It is recognised by a
 * mark and not by its class, so that two copies of the SDK in one process understand each other.
 */
export class HeadraceError extends Error {
  readonly [MARK] = true;
  readonly failureType: FailureType = 'system_error';
  readonly code: string;
  readonly place: string | undefined;
  readonly hint: string | undefined;
  /** The HTTP status of the answer that it is about: what to go by instead of a vendor's words. */
  readonly status: number | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(message, { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.place = details.place;
    this.hint = details.hint;
    this.status = details.status;
  }
}

/** The user mends it: configuration, credentials, permissions, what stands on the command line. */
export class ConfigError extends HeadraceError {
  override readonly failureType = 'config_error';
}

/** Try again later: the network, a vendor that fails, a disk that is full. */
export class TransientError extends HeadraceError {
  override readonly failureType = 'transient_error';
}

/** The vendor asked us to wait for longer than a run may wait. */
export class ThrottledError extends TransientError {}

/** One record or answer is not what the protocol or the vendor promises. */
export class DataError extends HeadraceError {}

/** A bug of ours. */
export class SystemError extends HeadraceError {}

/** Several errors of one kind, shown together: all mistakes of a config at once. */
export class ConfigErrors extends ConfigError {
  readonly errors: readonly ConfigError[];

  constructor(errors: readonly ConfigError[]) {
    const first = errors[0]!;
    super(errors.map((error) => error.message).join('; '), {
      code: first.code,
      place: first.place,
      hint: first.hint,
    });
    this.errors = errors;
  }
}

/** Whether an error is one of ours, also where it comes from another copy of the SDK. */
export function isHeadraceError(error: unknown): error is HeadraceError {
  return typeof error === 'object' && error !== null && (error as { [MARK]?: boolean })[MARK] === true;
}

/** Any thrown value as one of ours; what nobody expected is a SystemError with its cause kept. */
export function asHeadraceError(error: unknown): HeadraceError {
  if (isHeadraceError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SystemError(message, { code: 'system.unexpected', cause: error });
}

const CONTINUATION = '    │ ';

/**
 * How a person sees an error; what strangers say in it is made `printable`:
 * ```
 * ✗ config.field_required  credentials.api_token
 *     credentials.api_token is required
 *     → create one at id.atlassian.com › Security › API tokens
 * ```
 */
export function formatError(error: HeadraceError): string {
  if (error instanceof ConfigErrors) return error.errors.map(formatError).join('\n');
  const { code, place, message, hint } = error;
  const lines = [
    `✗ ${printable(code)}${place ? `  ${printable(place)}` : ''}`,
    `    ${printable(message, CONTINUATION)}`,
  ];
  if (hint) lines.push(`    → ${printable(hint, CONTINUATION)}`);
  return lines.join('\n');
}

/**
 * `place: sentence → hint`, for clients that show one line.
 * @param said what stands before it: a place that is named there, or in the sentence, is not named again
 */
export function oneLine(error: HeadraceError, said = ''): string {
  if (error instanceof ConfigErrors) return error.errors.map((one) => oneLine(one, said)).join('; ');
  return `${placed(error, said)}${error.hint ? ` → ${error.hint}` : ''}`;
}

/** `place: sentence`. */
export function placed({ place, message }: HeadraceError, said = ''): string {
  return place && !`${said} ${message}`.includes(place) ? `${place}: ${message}` : message;
}
