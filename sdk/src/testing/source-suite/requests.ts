import type { HostileEntry } from '../hostile-api/server.ts';
import { configured, type SourceContext } from './suite.ts';

/** Requests that only one stream makes. If one fails, the error must be reported for that stream and no other. */
export interface OwnRequests {
  readonly stream: string;
  /** `<method> <path>` of requests that no other stream makes, in order. */
  readonly paths: readonly string[];
}

const pathOf = ({ line }: HostileEntry): string => line.split('?', 1)[0]!;

/**
 * Reads each stream alone through a proxy and compares the requests. A stream may make other requests when read
 * alone, so only requests that also occur in a read of all streams count.
 */
export async function findOwnRequests(context: SourceContext): Promise<OwnRequests[]> {
  const { api, config } = await context.hostile([]);
  const asked = new Map<string, Set<string>>();
  await context.read({ config });
  let before = api.log().length;
  const together = new Set(api.log().map(pathOf));
  for (const stream of await context.streams()) {
    await context.read({ config, catalog: configured([stream]) });
    const log = api.log();
    asked.set(stream.name, new Set(log.slice(before).map(pathOf)));
    before = log.length;
  }
  const streamsOf = (path: string): number => [...asked.values()].filter((paths) => paths.has(path)).length;
  return [...asked].map(([stream, paths]) => ({
    stream,
    paths: [...paths].filter((path) => streamsOf(path) === 1 && together.has(path)),
  }));
}

/** Matches exactly this `<method> <path>`, with any query. */
export function exactly(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(\\?|$)`);
}
