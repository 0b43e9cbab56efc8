import { ConfigError, type HeadraceError, isHeadraceError, SystemError, TransientError } from '@headrace/sdk';

/** Error codes of network libraries for a host that is unreachable or has closed the connection. */
const NETWORK = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ERR_NETWORK',
  'ETIMEDOUT',
]);
const MOST_CAUSES = 10;

/** The properties that we read from errors of Axios, of the CDK (VError: `jse_…`) and of Node. */
interface ForeignError {
  readonly message?: unknown;
  readonly name?: unknown;
  readonly code?: unknown;
  readonly status?: unknown;
  readonly response?: { readonly status?: unknown };
  readonly jse_info?: { readonly fatal?: unknown; readonly res?: { readonly status?: unknown } };
  readonly jse_cause?: unknown;
  readonly cause?: unknown;
}

const told = (error: unknown): ForeignError =>
  typeof error === 'object' && error !== null ? (error as ForeignError) : {};

function* chain(error: unknown): Iterable<ForeignError> {
  let at = error;
  for (let k = 0; k < MOST_CAUSES && at !== undefined && at !== null; k++) {
    yield told(at);
    at = told(at).jse_cause ?? told(at).cause;
  }
}

/** Whether the source allows the sync to continue (the CDK's NonFatalError, recognised by name). */
export function isNonFatal(error: unknown): boolean {
  return told(error).name === 'NonFatalError' || told(error).jse_info?.fatal === false;
}

/** Whether a retry may succeed: network errors, 408, 429, 5xx. */
export function isTransient(error: unknown): boolean {
  for (const one of chain(error)) {
    const status = statusOf(one);
    if (status !== undefined) return status === 408 || status === 429 || status >= 500;
    if (typeof one.code === 'string' && NETWORK.has(one.code)) return true;
  }
  return false;
}

function statusOf({ response, jse_info, status }: ForeignError): number | undefined {
  const found = response?.status ?? jse_info?.res?.status ?? status;
  return typeof found === 'number' ? found : undefined;
}

/** A message for any thrown value. */
export function messageOf(error: unknown): string {
  const { message } = told(error);
  if (typeof message === 'string' && message !== '') return message;
  return typeof error === 'object' ? (JSON.stringify(error) ?? 'an unknown error') : String(error);
}

/** Converts an error to the class that says who must act: the user for 401 and 403, nobody if it is transient. */
export function asFarosError(error: unknown, what: string): HeadraceError {
  if (isHeadraceError(error)) return error;
  const message = what === '' ? messageOf(error) : `${what}: ${messageOf(error)}`;
  if (isTransient(error)) return new TransientError(message, { code: 'faros.transient', cause: error });
  for (const one of chain(error)) {
    const status = statusOf(one);
    if (status !== 401 && status !== 403) continue;
    const hint = 'check the credentials and their permissions';
    return new ConfigError(message, { code: 'faros.not_permitted', hint, cause: error });
  }
  return new SystemError(message, { code: 'faros.failed', cause: error });
}
