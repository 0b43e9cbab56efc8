import { ConfigError } from '../errors.ts';

/** A response so slow that it may never end. A byte per second stays within every time-out between two bytes. */
export class SlowAnswerError extends Error {
  constructor(bytes: number, ms: number) {
    super(`the answer comes too slowly: ${bytes} bytes in ${Math.round(ms / 1000)} s`);
  }
}

/**
 * Whether an exchange did not complete: errors from undici, its HTTP parser, the operating system, and zlib for a
 * truncated body. Such a request is sent again.
 */
export function isNetworkError(error: unknown): boolean {
  if (error instanceof SlowAnswerError) return true;
  const code = codeOf(error, 'AbortError');
  // Node's other ERR_ codes, and undici's for wrong arguments, are bugs in the program.
  return (
    code !== undefined &&
    /^(UND_ERR_(?!INVALID|NOT_SUPPORTED)|HPE_|E(?!RR_)[A-Z]|Z_|ERR_STREAM|ERR_TLS|ERR_SSL)/.test(code)
  );
}

/** Whether the server was reached but took too long to send its response, or the rest of it. */
export function isTimeout(error: unknown): boolean {
  return error instanceof SlowAnswerError || /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(codeOf(error) ?? '');
}

/**
 * The error for a server whose certificate is not trusted. Waiting does not fix that. Undefined for any other
 * error.
 * @param place the request: method and path
 */
export function certificateError(error: unknown, place: string): ConfigError | undefined {
  const own = codeOf(error);
  // For a proxy that is itself reached by TLS, the actual error is in the cause.
  const code = own === 'UND_ERR_PRX_TLS' ? (codeOf((error as Error).cause) ?? own) : own;
  // https://nodejs.org/api/tls.html#x509-certificate-error-codes
  const isOne =
    /^(CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|PATH_LENGTH|HOSTNAME_MISMATCH)/;
  if (code === undefined || !(isOne.test(code) || code === 'ERR_TLS_CERT_ALTNAME_INVALID')) return undefined;
  return new ConfigError(`the server's certificate is not trusted (${code})`, {
    code: 'http.certificate',
    place,
    hint: 'is base_url right? If the certificate is your own, set NODE_EXTRA_CA_CERTS to the file with its CA certificate',
    cause: error,
  });
}

/** A hint for a server that could not be reached, by the system's error code. */
export function networkHint(error: unknown): string | undefined {
  const code = codeOf(error) ?? '';
  if (/^(ENOTFOUND|EAI_AGAIN)$/.test(code))
    return 'there is no such host, or no network: check base_url and, if it is set, HTTPS_PROXY';
  if (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/.test(code))
    return 'nothing answers at this address: check base_url, HTTPS_PROXY and the network';
  return undefined;
}

/** The first code in the chain of causes; undefined if there is none, or if the error has the excluded name. */
function codeOf(error: unknown, except?: string): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, name, cause } = error as { code?: unknown; name?: unknown; cause?: unknown };
  if (name === except && except !== undefined) return undefined;
  // An error for several attempts (`AggregateError`) has the code of all of them.
  return typeof code === 'string' ? code : codeOf(cause, except);
}
