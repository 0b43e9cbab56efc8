import { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { close, collect, listen, serverOf } from '../test-api/server.ts';
import { FOLLOWED, moveBody, moveHeaders } from '../upstream/links.ts';
import { readFolder, textOf } from './exchange.ts';
import { Matching } from './matching.ts';
import { type ReplayWindow, TimeWindow } from './window.ts';

/** What to replay, and how to match requests. */
export interface ReplayOptions {
  /** A folder written by `startRecorder`. */
  readonly folder: string;
  /**
   * Query parameters and body members to ignore when matching, because they contain the current time or a nonce.
   * If a time filters a list, declare a window instead.
   */
  readonly ignore?: readonly string[];
  /**
   * Lists that are requested by time: rows outside the requested times are removed from the recorded responses.
   */
  readonly windows?: readonly ReplayWindow[];
  /**
   * The Date header: `keep` (default) repeats the recorded one, so that a run is the same every day; `shift` moves
   * it by the time between the start of the recording and the start of the replay.
   */
  readonly date?: 'keep' | 'shift';
  /**
   * The Authorization header to accept, e.g. `Bearer test-token`; any other gets `refusal`. Default: accept all.
   */
  readonly authorization?: string;
  /** Default: 401, `{"error":"unauthorized"}` */
  readonly refusal?: { readonly status: number; readonly body: string };
  /** The same value as for `startRecorder`. */
  readonly followed?: RegExp;
}

/** A running replay. */
export interface Replay {
  /** The base URL to use in the config in place of the vendor's. */
  readonly url: string;
  /** Requests that were not recorded, as `<method> <path>?<query>`, in order of their first arrival. */
  readonly unrecorded: readonly string[];
  /** Starts from the first response again for requests that were recorded several times. */
  restart(): void;
  /** @throws Error if any request was not recorded, so that the test fails */
  stop(): Promise<void>;
}

/**
 * Starts a server on loopback that replays a recording, for tests and for the conformance suite. So the suite
 * finds what it would find at the vendor, without relying on anybody's model of the vendor.
 *
 * Requests are matched by method, path, query and body; the order of parameters and members does not matter.
 * Several responses to the same request are replayed in order, and the last one is repeated. A request that was
 * not recorded gets a 501 and fails the test: `stop` throws and names it. The bytes of records are the vendor's;
 * links to next pages lead to this server.
 */
export async function startReplay(options: ReplayOptions): Promise<Replay> {
  const { about, exchanges } = readFolder(options.folder);
  const windows = (options.windows ?? []).map((rule) => new TimeWindow(rule));
  const ignore = new Set([...(options.ignore ?? []), ...windows.flatMap(({ names }) => names)]);
  const matching = new Matching(exchanges, ignore);
  const shiftMs = options.date === 'shift' ? Date.now() - Date.parse(about.recorded) : 0;
  const { status: refused, body: refusal } = options.refusal ?? {
    status: 401,
    body: '{"error":"unauthorized"}',
  };
  const unrecorded = new Set<string>();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = await collect(request);
    response.sendDate = false;
    const say = (status: number, body: Buffer | string, headers: Record<string, string | string[]>): void => {
      response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const { authorization } = options;
    if (authorization !== undefined && request.headers.authorization !== authorization)
      return say(refused, refusal, JSON_TYPE);
    const { method = 'GET', url = '/' } = request;
    const asked = { method, url, sent: textOf(sent) };
    const found =
      matching.take(asked) ?? (method === 'HEAD' ? matching.take({ ...asked, method: 'GET' }) : undefined);
    if (!found) return refuse(`${method} ${url}`, 'this request was not recorded');
    try {
      const cuts = found.status === 200 ? windows : [];
      const body = cuts.reduce((left, window) => window.cut(asked, left), found.body);
      const { date, ...headers } = moveHeaders(found.headers, move);
      say(found.status, moveBody(body, move), {
        ...headers,
        ...(date === undefined ? {} : { date: shifted(date) }),
      });
    } catch (error) {
      refuse(`${method} ${url}`, `the recorded answer cannot be cut: ${(error as Error).message}`);
    }

    function refuse(line: string, why: string): void {
      unrecorded.add(`${line} (${why})`);
      say(501, JSON.stringify({ error: why, request: line }), JSON_TYPE);
    }
  }

  function shifted(date: string | string[]): string {
    return shiftMs === 0 ? String(date) : new Date(Date.parse(String(date)) + shiftMs).toUTCString();
  }

  const server = serverOf(handle);
  const url = await listen(server);
  const move = { from: new URL(about.target), to: url, followed: options.followed ?? FOLLOWED };
  return {
    url,
    get unrecorded() {
      return [...unrecorded];
    },
    restart: () => matching.restart(),
    stop: async () => {
      await close(server);
      if (unrecorded.size === 0) return;
      const lines = [...unrecorded].slice(0, MOST_TOLD).join('\n  ');
      const more = unrecorded.size > MOST_TOLD ? `\n  … and ${unrecorded.size - MOST_TOLD} more` : '';
      throw new Error(`requests that are not in ${options.folder}:\n  ${lines}${more}`);
    },
  };
}

const JSON_TYPE = { 'content-type': 'application/json' };
const MOST_TOLD = 12;
