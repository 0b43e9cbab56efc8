import type { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { close, collect, listen, serverOf } from '../test-api/server.ts';
import { FOLLOWED, type Move, moveBody, moveHeaders } from '../upstream/links.ts';
import { type Upstream, UpstreamApi } from '../upstream/upstream.ts';
import { createFolder, textOf, writeExchange } from './exchange.ts';
import { Scrubber } from './scrubber.ts';

/** What is recorded, and where. */
export interface RecorderOptions {
  /** The vendor's address, as it stands in a config: `https://api.acme.example/v2`. Credentials do not belong into it. */
  readonly target: string;
  /** Where the files go: an empty folder, or one that is not there yet. */
  readonly folder: string;
  /** Values that must reach no file: tokens, passwords, names of people. */
  readonly secrets?: readonly string[];
  /** Headers of answers that a source looks at besides the usual ones (see `startRecorder`), in lower case. */
  readonly headers?: readonly string[];
  /** Members, by their path, outside of every list, whose addresses a source follows; → any with `next` in it. */
  readonly followed?: RegExp;
}

/** A running recorder. */
export interface Recorder {
  /** What to write into the config instead of the vendor's address. */
  readonly url: string;
  /** How many exchanges were written. */
  readonly count: number;
  stop(): Promise<void>;
}

/** Headers that a client may go by. */
const KEPT =
  /^(?:content-type|date|etag|last-modified|link|location|retry-after)$|ratelimit|rate-limit|^x-(?:next|prev|page|per-page|total)/;

/**
 * Starts a proxy on loopback that passes everything on to a vendor and writes each exchange into `folder`, as plain
 * files that can be read, changed and committed: `00001-get-groups.json` is the request, the status and the headers,
 * `00001-get-groups.body.json` beside it the answer's body, byte for byte. `startReplay` answers from them.
 *
 * No credential reaches a file: headers of requests are not written at all, and what signs a request in, tokens that an
 * answer hands out and `secrets` are taken out of everything that is, by value. Of an answer's headers those are
 * written that clients go by: content type, Date, ETag, Link, Location, Retry-After, rate limits and paging.
 *
 * Source and vendor notice nothing of it: the source only gets another base URL, and addresses of next pages that lead
 * back to the recorder; the files hold the vendor's.
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
    // By arrival: answers to the same request are replayed in the order in which it was made.
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
