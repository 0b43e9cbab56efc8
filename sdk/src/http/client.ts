import type { Buffer } from 'node:buffer';
import { ThrottledError, TransientError } from '../errors.ts';
import { InvalidJsonError } from '../protocol/json-bytes.ts';
import type { Page } from '../protocol/page.ts';
import type { Selection } from '../protocol/selection.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Auth } from './auth.ts';
import { type Backoff, backoffMs, defaultBackoff } from './backoff.ts';
import { type Answer, byStatus, type Classify, type Verdict } from './classify.ts';
import { createTransport, type Transport } from './transport.ts';

export interface ApiRequest {
  readonly method?: 'GET' | 'POST';
  /** Below the base URL, beginning with a slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

export interface HttpOptions {
  /** `https://acme.atlassian.net`; a path prefix is kept. */
  readonly baseUrl: string;
  readonly auth: Auth;
  readonly headers?: Readonly<Record<string, string>>;
  /** The vendor's own reading of answers, asked before `byStatus`. */
  readonly classify?: Classify;
  /** Milliseconds. `headers`: until the answer begins; `body`: between two pieces of it. */
  readonly timeouts?: { readonly connect?: number; readonly headers?: number; readonly body?: number };
}

/** What the process gives its HTTP clients. */
export interface HttpEnv {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly backoff?: Backoff;
  /** Called before a wait that the vendor asked for; `until` in milliseconds since 1970. */
  readonly onThrottled?: (until: number) => void;
  /** Called with the values that must be scrubbed. */
  readonly onSecrets?: (values: readonly string[]) => void;
}

export interface HttpClient {
  /** An answer as a JSON value. @throws HeadraceError by kind; a broken body was asked for again */
  json(request: ApiRequest): Promise<unknown>;
  /** An answer scanned for records; its bytes stay the vendor's. An answer without the records is a fault. */
  page<F extends string, R extends string>(
    request: ApiRequest,
    selection: Selection<F, R>,
  ): Promise<Page<F, R>>;
  /** The vendor's clock: the Date header of the newest answer, in ms since 1970; undefined before one came. */
  vendorClock(): number | undefined;
  close(): Promise<void>;
}

/** Longer than this a run does not wait for one request. */
const LONGEST_WAIT_MS = 3_600_000;
/** Waits shorter than this are nobody's news. */
const QUIET_WAIT_MS = 5000;

export function createHttp(options: HttpOptions, env: HttpEnv): HttpClient {
  const base = new URL(options.baseUrl);
  const prefix = base.pathname.replace(/\/+$/, '');
  const { connect = 30_000, headers = 120_000, body = 60_000 } = options.timeouts ?? {};
  const agentOptions = { connect: { timeout: connect }, headersTimeout: headers, bodyTimeout: body };
  let transport: Promise<Transport> | undefined;
  const backoff = env.backoff ?? defaultBackoff;
  let vendorClock: number | undefined;
  env.onSecrets?.(options.auth.secrets);

  async function once(request: ApiRequest, name: string): Promise<Answer> {
    const url = new URL(base.origin + prefix + request.path);
    for (const [key, value] of Object.entries(request.query ?? {}))
      if (value !== undefined) url.searchParams.set(key, String(value));
    transport ??= createTransport(agentOptions);
    const answer = await (await transport).exchange(
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method: request.method ?? 'GET',
        headers: {
          accept: 'application/json',
          'accept-encoding': 'gzip, deflate',
          ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...options.headers,
          ...options.auth.headers(),
        },
        body: request.body === undefined ? undefined : JSON.stringify(request.body),
      },
      env.signal,
    );
    const date = Date.parse(String(answer.headers.date));
    // Of good answers only: a gateway that answers for the vendor has a clock of its own.
    if (answer.status < 300 && !Number.isNaN(date)) vendorClock = date;
    const bytes = await decoded(answer.bytes, answer.headers['content-encoding']);
    return { ...answer, bytes, request: name };
  }

  /** Sends until the answer is fine and `read` can make something of it; every fault is asked again. */
  async function ask<T>(request: ApiRequest, read: (bytes: Buffer) => T): Promise<T> {
    const name = `${request.method ?? 'GET'} ${prefix}${request.path}`;
    let waited = 0;
    for (let tries = 1; ; ) {
      const verdict = await attempt(request, name, read);
      if (verdict.kind === 'done') return verdict.value;
      if (verdict.kind === 'fatal') throw verdict.error;
      let wait = backoffMs(backoff, tries + 1, env.random());
      if (verdict.kind === 'throttled') {
        wait = verdict.afterMs === undefined ? wait : verdict.afterMs + 250 * env.random();
        waited += wait;
        if (waited > LONGEST_WAIT_MS) {
          const hint = 'run again later; what was read is safe';
          throw new ThrottledError(`the server asks to wait ${Math.ceil(wait / 1000)} s`, {
            code: 'http.throttled',
            place: name,
            hint,
          });
        }
        if (wait > QUIET_WAIT_MS) env.onThrottled?.(env.clock.now() + wait);
      } else {
        if (tries >= backoff.tries) {
          throw new TransientError(`${verdict.why} (tried ${tries} times)`, {
            code: 'http.failed',
            place: name,
            cause: verdict.cause,
          });
        }
        tries++;
        wait = Math.min(Math.max(wait, verdict.afterMs ?? 0), LONGEST_WAIT_MS);
        env.log.info(`${name}: ${verdict.why}; try ${tries} in ${Math.round(wait)} ms`);
      }
      await env.clock.sleep(wait, env.signal);
    }
  }

  async function attempt<T>(
    request: ApiRequest,
    name: string,
    read: (bytes: Buffer) => T,
  ): Promise<(Exclude<Verdict, { kind: 'fine' }> & { cause?: unknown }) | { kind: 'done'; value: T }> {
    try {
      const answer = await once(request, name);
      const now = env.clock.now();
      const verdict = options.classify?.(answer, now) ?? byStatus(answer, now);
      if (verdict.kind !== 'fine') return verdict;
      return { kind: 'done', value: read(answer.bytes) };
    } catch (error) {
      if (env.signal.aborted) throw error;
      if (error instanceof InvalidJsonError)
        return { kind: 'retry', why: `the answer was cut or broken: ${error.message}`, cause: error };
      if (isNetworkError(error))
        return { kind: 'retry', why: `the connection failed: ${(error as Error).message}`, cause: error };
      throw error;
    }
  }

  return {
    json: (request) => ask(request, parse),
    page: (request, selection) =>
      ask(request, (bytes) => {
        const page = selection.scan(bytes);
        if (selection.hasRecords && !page.hasRecords)
          throw new InvalidJsonError(0, 'the list of records is missing');
        return page;
      }),
    vendorClock: () => vendorClock,
    close: async () => (await transport)?.close(),
  };
}

async function decoded(bytes: Buffer, encoding: string | string[] | undefined): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity') return bytes;
  const { gunzip, inflate } = await import('node:zlib');
  const unpack = encoding === 'gzip' ? gunzip : encoding === 'deflate' ? inflate : undefined;
  if (!unpack) throw new InvalidJsonError(0, `its encoding ${String(encoding)} was not asked for`);
  return new Promise((resolve, reject) =>
    unpack(bytes, (error, unpacked) => (error ? reject(error) : resolve(unpacked))),
  );
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new InvalidJsonError(0, (error as Error).message);
  }
}

/** undici's and the system's ways to say that an exchange did not come to its end; zlib's of a cut body. */
function isNetworkError(error: unknown): boolean {
  const { code, name, cause } = error as { code?: unknown; name?: unknown; cause?: unknown };
  if (name === 'AbortError') return false;
  if (
    typeof code === 'string' &&
    /^(UND_ERR|E[A-Z]|Z_|ERR_STREAM|ERR_TLS|CERT_|DEPTH_|SELF_|UNABLE_)/.test(code)
  )
    return true;
  return cause !== undefined && isNetworkError(cause);
}
