import { ConfigError, type HeadraceError, isHeadraceError, SystemError, TransientError } from '@headrace/sdk';

/** What network libraries say when the other side could not be reached or went away. */
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

/** As much as is looked at of an error of Axios, of the CDK (VError: `jse_…`) or of Node. */
interface Told {
  readonly message?: unknown;
  readonly name?: unknown;
  readonly code?: unknown;
  readonly status?: unknown;
  readonly response?: { readonly status?: unknown };
  readonly jse_info?: { readonly fatal?: unknown; readonly res?: { readonly status?: unknown } };
  readonly jse_cause?: unknown;
  readonly cause?: unknown;
}

const told = (error: unknown): Told => (typeof error === 'object' && error !== null ? (error as Told) : {});

function* chain(error: unknown): Iterable<Told> {
  let at = error;
  for (let k = 0; k < MOST_CAUSES && at !== undefined && at !== null; k++) {
    yield told(at);
    at = told(at).jse_cause ?? told(at).cause;
  }
}

/** Whether the author says that the sync may go on (NonFatalError of the CDK, known by its name). */
export function isNonFatal(error: unknown): boolean {
  return told(error).name === 'NonFatalError' || told(error).jse_info?.fatal === false;
}

/** Whether it may be different next time: the network, 429, 5xx. */
export function isTransient(error: unknown): boolean {
  for (const one of chain(error)) {
    const status = statusOf(one);
    if (status !== undefined) return status === 408 || status === 429 || status >= 500;
    if (typeof one.code === 'string' && NETWORK.has(one.code)) return true;
  }
  return false;
}

function statusOf({ response, jse_info, status }: Told): number | undefined {
  const found = response?.status ?? jse_info?.res?.status ?? status;
  return typeof found === 'number' ? found : undefined;
}

/** A sentence for anything that can be thrown. */
export function messageOf(error: unknown): string {
  const { message } = told(error);
  if (typeof message === 'string' && message !== '') return message;
  return typeof error === 'object' ? (JSON.stringify(error) ?? 'an unknown error') : String(error);
}

/** What a source threw, by what the caller should do: 401 and 403 the user mends, see isTransient. */
export function asFarosError(error: unknown, what: string): HeadraceError {
  if (isHeadraceError(error)) return error;
  const message = what === '' ? messageOf(error) : `${what}: ${messageOf(error)}`;
  if (isTransient(error)) return new TransientError(message, { code: 'faros.transient', cause: error });
  for (const one of chain(error)) {
    const status = statusOf(one);
    if (status !== 401 && status !== 403) continue;
    const hint = 'check the credentials and what they may read';
    return new ConfigError(message, { code: 'faros.not_permitted', hint, cause: error });
  }
  return new SystemError(message, { code: 'faros.failed', cause: error });
}
