import { Buffer } from 'node:buffer';
import { ConfigError } from '../errors.ts';
import type { Auth } from './auth/auth.ts';
import { decoded } from './body.ts';
import type { Answer } from './classify.ts';
import type { HttpEnv, HttpOptions } from './client.ts';
import { SlowAnswerError } from './network-error.ts';
import type { ApiRequest, Target } from './request.ts';
import { createTransport, type Transport } from './transport.ts';

const MOST_BYTES = 256 << 20;
const FIRST_BYTES = 256;
/**
 * Bytes per millisecond. After its first minutes, a response must arrive at 1 KiB/s on average, or it might never
 * end.
 */
const SLOWEST = 1024 / 1000;
/**
 * Characters that no header may contain: control characters, and those without a single-byte encoding (RFC 9110
 * §5.5).
 */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;

/** Sends requests, once each, and returns complete responses. */
export interface Exchange {
  /** @param as authenticates the request */
  send(request: ApiRequest, target: Target, signs: Awaited<ReturnType<Auth['headers']>>): Promise<Answer>;
  close(): Promise<void>;
}

export function createExchange(options: HttpOptions, env: HttpEnv): Exchange {
  const { maxAnswerBytes = MOST_BYTES } = options;
  const { connect = 30_000, headers: head = 120_000, body = 60_000 } = options.timeouts ?? {};
  const { answer: whole = 300_000 } = options.timeouts ?? {};
  const agentOptions = { connect: { timeout: connect }, headersTimeout: head, bodyTimeout: body };
  let transport: Promise<Transport> | undefined;
  return {
    async send(request, { origin, path, name }, signs) {
      const [type, sent] = bodyOf(request);
      const headers: Record<string, string> = {
        accept: 'application/json',
        'accept-encoding': 'gzip, deflate',
        ...(type === undefined ? {} : { 'content-type': type }),
        ...options.headers,
        ...request.headers,
        ...signs,
      };
      mustBeSendable(headers, name);
      transport ??= createTransport(agentOptions, env.onSecrets);
      const wire = { origin, path, method: request.method ?? 'GET', headers, body: sent, name };
      const started = env.clock.now();
      const tooSlow = (received: number) => {
        const ms = env.clock.now() - started;
        return ms > whole + received / SLOWEST ? new SlowAnswerError(received, ms) : undefined;
      };
      const limits = { maxBytes: maxAnswerBytes, tooSlow };
      const answer = await (await transport).exchange({ ...wire, ...limits }, env.signal);
      const encoding = answer.headers['content-encoding'];
      const bytes = await decoded(answer.bytes, encoding, maxAnswerBytes, name);
      const { status } = answer;
      const { scrub } = env;
      return {
        status,
        headers: answer.headers,
        bytes: told(withoutMark(bytes), status, scrub),
        request: name,
        scrub,
      };
    },
    // If the transport could not be created, its request has already reported that.
    close: async () => (await transport?.catch(() => undefined))?.close(),
  };
}

/** A byte order mark means nothing in UTF-8 and is not valid JSON (RFC 8259 §8.1). */
function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/**
 * Scrubs a response that is not data, i.e. a refusal or a web page, because some servers repeat what they were
 * sent. It happens here, while the response is whole; messages quote only a part. Data stays the vendor's
 * (invariants 6 and 7).
 */
function told(bytes: Buffer, status: number, scrub: HttpEnv['scrub']): Buffer {
  const isData = status >= 200 && status < 300 && !/^\s*</.test(bytes.toString('latin1', 0, FIRST_BYTES));
  if (scrub === undefined || isData) return bytes;
  const text = bytes.toString();
  const scrubbed = scrub(text);
  return scrubbed === text ? bytes : Buffer.from(scrubbed);
}

/** The content type and the text of the request's body. */
function bodyOf({ form, body }: ApiRequest): readonly [type?: string, text?: string] {
  if (form !== undefined) {
    const fields = new URLSearchParams();
    for (const [name, value] of Object.entries(form))
      for (const one of [value].flat()) fields.append(name, one);
    return ['application/x-www-form-urlencoded', fields.toString()];
  }
  return body === undefined ? [] : ['application/json', JSON.stringify(body)];
}

/** Options are checked when the config is read. This covers header values from elsewhere. */
function mustBeSendable(headers: Readonly<Record<string, string>>, place: string): void {
  for (const [name, value] of Object.entries(headers))
    if (UNSENDABLE.test(value))
      throw new ConfigError(`the header ${name} would contain a character that cannot be sent`, {
        code: 'http.bad_header',
        place,
        hint: 'look for a line break, an invisible character or a typographic quote in the credentials',
      });
}
