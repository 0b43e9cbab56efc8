import type { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { close, collect, listen, serverOf } from '../test-api/server.ts';
import { FOLLOWED, type Move, moveBody, moveHeaders } from '../upstream/links.ts';
import { type Upstream, UpstreamApi } from '../upstream/upstream.ts';
import { createFolder, textOf, writeExchange } from './exchange.ts';
import { Scrubber } from './scrubber.ts';

/** What to record, and where. */
export interface RecorderOptions {
  /** The vendor's base URL, as in a config: `https://api.acme.example/v2`. It must not contain credentials. */
  readonly target: string;
  /** The folder for the files: empty, or not there yet. */
  readonly folder: string;
  /** Values that must not be written to any file: tokens, passwords, names of people. */
  readonly secrets?: readonly string[];
  /** Response headers to keep in addition to the usual ones (see `startRecorder`), in lower case. */
  readonly headers?: readonly string[];
  /**
   * Matches the paths of members, outside lists, whose URLs the source follows. Default: any with `next` in it.
   */
  readonly followed?: RegExp;
}

/** A running recorder. */
export interface Recorder {
  /** The base URL to use in the config in place of the vendor's. */
  readonly url: string;
  /** The number of exchanges written. */
  readonly count: number;
  stop(): Promise<void>;
}

/** Response headers that a client may use. */
const KEPT =
  /^(?:content-type|date|etag|last-modified|link|location|retry-after)$|ratelimit|rate-limit|^x-(?:next|prev|page|per-page|total)/;

/**
 * Starts a proxy on loopback that forwards all requests to a vendor and writes each exchange into `folder`, as
 * plain files that can be read, edited and committed. `00001-get-groups.json` has the request, the status and the
 * headers; `00001-get-groups.body.json` next to it has the response body, byte for byte. `startReplay` serves
 * them.
 *
 * No credential is written to a file. Request headers are not written at all. Credentials used in requests, tokens
 * found in responses, and `secrets` are removed by value from everything that is written. Of the response headers,
 * only those that clients use are written: content type, Date, ETag, Link, Location, Retry-After, rate limits and
 * paging.
 *
 * Neither the source nor the vendor notices. The source only gets a different base URL, and links to next pages
 * lead back to the recorder. The files contain the vendor's URLs.
 */
export async function startRecorder(options: RecorderOptions): Promise<Recorder> {
  const { folder, headers: more = [], followed = FOLLOWED } = options;
  const target = new URL(options.target);
  if (target.username || target.password)
    throw new RangeError('target holds credentials: write them into the config of the source');
  const scrubber = new Scrubber(options.secrets ?? []);
  createFolder(folder, { target: scrubber.scrub(options.target), recorded: new Date().toISOString() });
  const upstream = new UpstreamApi(options.target, 'own');
  let arrived = 0;
  let count = 0;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Numbered by arrival: responses to equal requests are replayed in the order of the requests.
    const number = ++arrived;
    const body = await collect(request);
    const answer = await upstream.ask(request, body);
    keep(number, request, body, answer);
    const sent = moveBody(answer.body, move);
    response.sendDate = false;
    response.writeHead(answer.status, {
      ...moveHeaders(answer.headers, move),
      'content-length': sent.length,
    });
    response.end(request.method === 'HEAD' ? undefined : sent);
  }

  function keep(number: number, request: IncomingMessage, sent: Buffer, answer: Upstream): void {
    const url = new URL(request.url!, 'http://localhost');
    scrubber.learn(url, request.headers, sent, answer.body, [answer.headers['set-cookie'] ?? []].flat());
    const kept = Object.entries(answer.headers).filter(([name]) => KEPT.test(name) || more.includes(name));
    writeExchange(folder, number, {
      method: request.method!,
      url: scrubber.scrub(request.url!),
      sent: textOf(scrubber.bytes(sent)),
      status: answer.status,
      headers: Object.fromEntries(
        kept.map(([name, value]) => [
          name,
          typeof value === 'string' ? scrubber.scrub(value) : value.map((one) => scrubber.scrub(one)),
        ]),
      ),
      body: scrubber.bytes(answer.body),
    });
    count++;
  }

  const server = serverOf(handle);
  const url = await listen(server);
  const move: Move = { from: target, to: url, followed };
  return {
    url,
    get count() {
      return count;
    },
    stop: async () => {
      await close(server);
      upstream.close();
    },
  };
}
