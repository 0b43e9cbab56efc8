import type { Buffer } from 'node:buffer';
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';

import { decoded } from '../../http/body.ts';
import { collect } from '../test-api/server.ts';

/** A complete response of the API behind the proxy. */
export interface Upstream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

/** Headers that belong to a single connection, and those about compression: bodies are unpacked here. */
const OWN = [
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-encoding',
  'content-length',
  'te',
  'upgrade',
  'trailer',
];
const MOST_BYTES = 1 << 30;

/** Forwards requests and unpacks the responses, because the faults truncate and compress bodies themselves. */
export class UpstreamApi {
  readonly #base: URL;
  readonly #agent: Agent;
  readonly #host: 'client' | 'own';

  /**
   * @param host which Host header to send. `client`: the one that the client used, so that URLs in responses lead
   *   back through us. `own`: the API's, so that responses are the same as without us. Over TLS it is always
   *   `own`.
   */
  constructor(base: string, host: 'client' | 'own') {
    this.#base = new URL(base);
    this.#host = this.#base.protocol === 'https:' ? 'own' : host;
    const options = { keepAlive: true, maxSockets: 256 };
    this.#agent = this.#base.protocol === 'https:' ? new TlsAgent(options) : new Agent(options);
  }

  async ask(of: IncomingMessage, body: Buffer): Promise<Upstream> {
    const url = new URL(this.#base.pathname.replace(/\/$/, '') + of.url!, this.#base);
    const send = url.protocol === 'https:' ? tlsRequest : request;
    const headers: IncomingHttpHeaders = { ...of.headers, 'accept-encoding': 'identity' };
    for (const name of OWN) delete headers[name];
    if (this.#host === 'own') headers.host = url.host;
    if (body.length > 0) headers['content-length'] = String(body.length);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const call = send(url, { method: of.method, headers, agent: this.#agent }, resolve);
      call.on('error', reject);
      call.end(body);
    });
    const encoding = answer.headers['content-encoding'];
    const kept = Object.entries(answer.headers).filter(
      ([name, value]) => value !== undefined && !OWN.includes(name),
    );
    return {
      status: answer.statusCode!,
      headers: Object.fromEntries(kept) as Upstream['headers'],
      // Some servers compress although nobody asked them to.
      body: await decoded(await collect(answer), encoding, MOST_BYTES, url.pathname),
    };
  }

  close(): void {
    this.#agent.destroy();
  }
}
