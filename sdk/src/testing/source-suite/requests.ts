import type { HostileEntry } from '../hostile-api/server.ts';
import { must } from '../suite/check.ts';
import { type Run, tail } from '../suite/workplace.ts';
import { groupsOf } from './groups.ts';
import { configured, type SourceContext } from './suite.ts';

/** Requests that only one stream makes. If one fails, the error must be reported for that stream and no other. */
export interface OwnRequests {
  readonly stream: string;
  /** `<method> <path>` of requests that no other stream makes, in order. */
  readonly paths: readonly string[];
}

/** A full read through a proxy without faults. */
export interface Untouched {
  readonly run: Run;
  /** The proxy's base URL. */
  readonly url: string;
  /** Its requests, in order. */
  readonly requests: readonly HostileEntry[];
}

const pathOf = ({ line }: HostileEntry): string => line.split('?', 1)[0]!;

export async function readUntouched(context: SourceContext): Promise<Untouched> {
  const { api, config } = await context.hostile([]);
  const run = await context.read({ config });
  must(run.code === 0, 'a read through a proxy that does nothing', tail(run));
  return { run, url: api.url, requests: api.log() };
}

/**
 * Reads groups of streams through a proxy. A request that is made in exactly the groups of one stream is that
 * stream's own, because no other stream is in all of them, and a second stream's requests come in other groups too. A
 * stream may make other requests when few streams are read, so only requests that also occur in a read of all count.
 */
export async function findOwnRequests(context: SourceContext): Promise<OwnRequests[]> {
  const streams = await context.streams();
  const { groups, of } = groupsOf(streams);
  const together = new Set((await context.untouched()).requests.map(pathOf));
  const { api, config } = await context.hostile([]);
  /** The paths of each group, in order. */
  const asked: Array<ReadonlySet<string>> = [];
  for (const group of groups) {
    const before = api.log().length;
    await context.read({ config, catalog: configured(group) });
    asked.push(new Set(api.log().slice(before).map(pathOf)));
  }
  const groupsWith = (path: string): string => [...asked.keys()].filter((k) => asked[k]!.has(path)).join();
  return streams.map((stream) => {
    const own = of(stream);
    const paths = [...asked[own[0]!]!].filter(
      (path) => together.has(path) && groupsWith(path) === own.join(),
    );
    return { stream: stream.name, paths };
  });
}

/** Matches exactly this `<method> <path>`, with any query. */
export function exactly(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(\\?|$)`);
}
