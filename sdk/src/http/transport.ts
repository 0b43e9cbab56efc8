import { Buffer } from 'node:buffer';
import type { Agent, Dispatcher } from 'undici';
import { tooLarge } from './body.ts';
import { proxiesOf } from './proxy.ts';

/** One request as sent over the wire. */
interface WireRequest {
  readonly origin: string;
  /** With the query. */
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
  /** Method and path, for an error message. */
  readonly name: string;
  /** A larger response is rejected with a DataError. */
  readonly maxBytes: number;
  /**
   * Called for each piece of the body with the bytes received so far. Returns the error that ends the exchange if
   * the response is too slow.
   */
  readonly tooSlow: (received: number) => Error | undefined;
}

interface WireAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The whole body as sent. */
  readonly bytes: Buffer;
}

export interface Transport {
  /** Resolves with the whole response. Rejects if the exchange did not complete, or with the signal's reason. */
  exchange(request: WireRequest, signal: AbortSignal): Promise<WireAnswer>;
  close(): Promise<void>;
}

/**
 * Creates a transport based on undici. Loading undici takes longer than the rest of a connector, so it is loaded
 * with the first request. Proxies come from the environment (HTTP_PROXY, HTTPS_PROXY, NO_PROXY), certificates from
 * NODE_EXTRA_CA_CERTS.
 * @param onSecrets called with the password of a proxy
 * @throws ConfigError (`http.bad_proxy`)
 */
export async function createTransport(
  options: Agent.Options,
  onSecrets?: (values: readonly string[]) => void,
): Promise<Transport> {
  const { http, https, secrets } = proxiesOf(process.env);
  onSecrets?.(secrets);
  // Use the default export: a bundled CommonJS package has no other.
  const { Agent, EnvHttpProxyAgent } = (await import('undici')).default;
  const dispatcher: Dispatcher =
    http || https
      ? new EnvHttpProxyAgent({ ...options, httpProxy: http?.url ?? '', httpsProxy: https?.url ?? '' })
      : new Agent(options);
  return {
    exchange: (request, signal) => exchange(dispatcher, request, signal),
    close: () => dispatcher.destroy(),
  };
}

/** Collects the body from the socket's chunks straight into one buffer: no stream, no second copy. */
function exchange(dispatcher: Dispatcher, request: WireRequest, signal: AbortSignal): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const body = new Body();
    let status = 0;
    let headers: WireAnswer['headers'] = {};
    let stop: (() => void) | undefined;
    const settle = (): void => {
      if (stop) signal.removeEventListener('abort', stop);
    };
    const { body: sent, name, maxBytes, tooSlow, ...options } = request;
    let received = 0;
    dispatcher.dispatch(
      { ...options, method: options.method as Dispatcher.HttpMethod, body: sent ?? null },
      {
        onRequestStart(controller) {
          stop = () => controller.abort(signal.reason as Error);
          if (signal.aborted) stop();
          else signal.addEventListener('abort', stop, { once: true });
        },
        onResponseStart(controller, statusCode, fields) {
          status = statusCode;
          headers = fields;
          const length = Number(fields['content-length']);
          // Also covers a server that sends 103 again and again, which restarts undici's time-outs each time.
          const slow = tooSlow(0);
          if (slow) controller.abort(slow);
          else if (length > maxBytes && options.method !== 'HEAD') controller.abort(tooLarge(name, maxBytes));
          else body.expect(options.method === 'HEAD' ? 0 : length);
        },
        onResponseData(controller, chunk) {
          received += chunk.length;
          const slow = tooSlow(received);
          if (received > maxBytes) controller.abort(tooLarge(name, maxBytes));
          else if (slow) controller.abort(slow);
          else body.add(chunk);
        },
        onResponseEnd() {
          settle();
          resolve({ status, headers, bytes: body.bytes() });
        },
        onResponseError(_, error) {
          settle();
          reject(error);
        },
      },
    );
  });
}

/** We don't allocate more than this just because a server announces it. */
const MOST_AT_ONCE = 64 << 20;
const FIRST = 64 << 10;

/** Collects a body in one buffer, of the announced size or growing. */
class Body {
  #buffer = Buffer.alloc(0);
  #length = 0;

  expect(size: number): void {
    if (size > 0) this.#buffer = Buffer.allocUnsafeSlow(Math.min(size, MOST_AT_ONCE));
  }

  add(chunk: Uint8Array): void {
    const needed = this.#length + chunk.length;
    if (needed > this.#buffer.length) {
      const bigger = Buffer.allocUnsafeSlow(Math.max(FIRST, needed, 2 * this.#buffer.length));
      bigger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = bigger;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = needed;
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }
}
