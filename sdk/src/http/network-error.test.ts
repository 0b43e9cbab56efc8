import { lookup } from 'node:dns/promises';
import { describe, expect, it } from 'vitest';
import { certificateError, isNetworkError, networkHint } from './network-error.ts';

const coded = (code: string, more = {}) => Object.assign(new Error(code), { code, ...more });

describe('what a failed exchange means', () => {
  it.each([
    'ECONNRESET',
    'ENOTFOUND',
    'UND_ERR_SOCKET',
    'UND_ERR_HEADERS_TIMEOUT',
    'Z_BUF_ERROR',
    'ERR_STREAM_PREMATURE_CLOSE',
    'ERR_TLS_HANDSHAKE_TIMEOUT',
  ])('%s is asked again, also as a cause', (code) => {
    expect(isNetworkError(coded(code))).toBe(true);
    expect(isNetworkError(new Error('fetch failed', { cause: coded(code) }))).toBe(true);
    expect(certificateError(coded(code), 'GET /')).toBeUndefined();
  });

  it.each([
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('%s is the user’s to mend', (code) => {
    const error = new Error('connect failed', { cause: coded(code) });
    expect(certificateError(error, 'GET /rest')).toMatchObject({
      code: 'http.certificate',
      failureType: 'config_error',
      place: 'GET /rest',
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
  });

  it('sees the certificate of a proxy behind what is said of it', () => {
    const error = coded('UND_ERR_PRX_TLS', { cause: coded('ERR_TLS_CERT_ALTNAME_INVALID') });
    expect(certificateError(error, 'GET /')).toMatchObject({ code: 'http.certificate' });
  });

  it('leaves alone what is neither', () => {
    for (const error of [
      new TypeError('a bug'),
      coded('ERR_INVALID_ARG_TYPE'),
      coded('UND_ERR_INVALID_ARG'),
      coded('ECONNRESET', { name: 'AbortError' }),
      undefined,
      'text',
    ])
      expect(isNetworkError(error)).toBe(false);
  });

  it('hints at the address of a host that does not exist', async () => {
    const error = await lookup('no-such-host.invalid').catch((thrown: unknown) => thrown);
    expect(networkHint(error)).toContain('base_url');
    expect(networkHint(coded('ECONNRESET'))).toBeUndefined();
  });
});
