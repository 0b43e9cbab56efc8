const LOOPBACK = /^(?:localhost|.*\.localhost|127(?:\.\d+){3}|\[::1\])$/;

/** A warning about a URL to which credentials are sent unencrypted; undefined if nobody can read them. */
export function plainHttpWarning(baseUrl: string): string | undefined {
  if (!URL.canParse(baseUrl)) return undefined;
  const { protocol, hostname, origin } = new URL(baseUrl);
  if (protocol !== 'http:' || LOOPBACK.test(hostname)) return undefined;
  return `requests to ${origin} are not encrypted: anyone on the network path can read the credentials and the data; use https if the server supports it`;
}
