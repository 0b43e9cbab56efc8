import { Buffer } from 'node:buffer';
import type { Agent, Dispatcher } from 'undici';
import { tooLarge } from './body.ts';
import { proxiesOf } from './proxy.ts';

/** One request as it goes over the wire. */
interface WireRequest {
  readonly origin: string;
  /** With the query. */
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
  /** Method and path, for an error. */
  readonly name: string;
  /** An answer of more is refused with a DataError. */
  readonly maxBytes: number;
  /** What to end it with if it comes too slowly, given the bytes that are there: asked at each piece of it. */
  readonly tooSlow: (received: number) => Error | undefined;
}

interface WireAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The whole body as it was sent. */
  readonly bytes: Buffer;
}

export interface Transport {
  /** Resolves with the whole answer; rejects where the exchange did not come to its end, or `signal` said so. */
  exchange(request: WireRequest, signal: AbortSignal): Promise<WireAnswer>;
  close(): Promise<void>;
}

/**
 * undici, which costs more to load than all the rest of a connector: it is loaded when a request is made.
 * Proxies come from the environment (HTTP_PROXY, HTTPS_PROXY, NO_PROXY), certificates from NODE_EXTRA_CA_CERTS.
 * @param onSecrets called with the password of a proxy
 * @throws ConfigError (`http.bad_proxy`)
 */
export async function createTransport(
  options: Agent.Options,
  onSecrets?: (values: readonly string[]) => void,
): Promise<Transport> {
  const { http, https, secrets } = proxiesOf(process.env);
  onSecrets?.(secrets);
  // Its default export: a bundle of a CommonJS package has no others.
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

/** The body goes from the socket's pieces straight into one buffer: no stream, no second copy. */
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
          // Also of one that says 103 again and again: undici's time-outs begin anew with each.
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

/** More than this is not taken on a server's word. */
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
