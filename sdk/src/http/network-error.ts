/** undici's and the system's ways to say that an exchange did not come to its end; zlib's of a cut body. */
export function isNetworkError(error: unknown): boolean {
  const { code, name, cause } = error as { code?: unknown; name?: unknown; cause?: unknown };
  if (name === 'AbortError') return false;
  if (
    typeof code === 'string' &&
    /^(UND_ERR|E[A-Z]|Z_|ERR_STREAM|ERR_TLS|CERT_|DEPTH_|SELF_|UNABLE_)/.test(code)
  )
    return true;
  return cause !== undefined && isNetworkError(cause);
}
