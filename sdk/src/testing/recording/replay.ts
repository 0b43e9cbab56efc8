import { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { close, collect, listen, serverOf } from '../test-api/server.ts';
import { FOLLOWED, moveBody, moveHeaders } from '../upstream/links.ts';
import { readFolder, textOf } from './exchange.ts';
import { Matching } from './matching.ts';
import { type ReplayWindow, TimeWindow } from './window.ts';

/** What is replayed, and how a request is known again. */
export interface ReplayOptions {
  /** A folder that `startRecorder` wrote. */
  readonly folder: string;
  /**
   * Query parameters, and members of a body, that need not be what they were: those that carry the clock, or a nonce.
   * Whatever they say, the recorded answer comes; for a time that cuts a list declare a window instead.
   */
  readonly ignore?: readonly string[];
  /** Lists that are asked for since a time: rows that were not asked for are left out of the recorded answers. */
  readonly windows?: readonly ReplayWindow[];
  /**
   * What the Date header says: `keep` (→), what it said then, so that a run is the same on every day; or `shift`: as
   * long after the start of the replay as it was after that of the recording.
   */
  readonly date?: 'keep' | 'shift';
  /** The Authorization header that is accepted, e.g. `Bearer test-token`: with any other one the answer is `refusal`. → all */
  readonly authorization?: string;
  /** → 401, `{"error":"unauthorized"}` */
  readonly refusal?: { readonly status: number; readonly body: string };
  /** As `startRecorder` was told. */
  readonly followed?: RegExp;
}

/** A running replay. */
export interface Replay {
  /** What to write into the config instead of the vendor's address. */
  readonly url: string;
  /** `<method> <path>?<query>` of requests that were not recorded, in the order in which they first came. */
  readonly unrecorded: readonly string[];
  /** Several answers to the same request come in their order again. */
  restart(): void;
  /** @throws Error if a request came that was not recorded: the test that made it fails */
  stop(): Promise<void>;
}

/**
 * Starts a server on loopback that answers as a recording says, for tests and for the conformance suite: what the
 * suite finds is what it would have found at the vendor, and no author's idea of the vendor stands between.
 *
 * A request is known again by its method, path, query and body, whatever the order of parameters and members. Several
 * answers to the same request come in their order, the last one then again and again. A request that was not recorded
 * is answered with 501 and fails the test: `stop` throws and names it. Bytes of records are the vendor's; addresses of
 * next pages lead to this server.
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
