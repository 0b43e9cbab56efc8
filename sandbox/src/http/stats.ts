import { type Gates, heldCount } from './gates.ts';

/** Counters of one route. */
export interface RouteStats {
  requests: number;
  statuses: Record<string, number>;
  /** Body bytes actually sent. */
  bytes: number;
}

/** Counters of a sandbox since its start or the last `resetStats`. */
export interface SandboxStats {
  requests: number;
  /** By method and template: `GET /rest/users/{id}`. Connections reset before the answer count as status `0`. */
  routes: Record<string, RouteStats>;
  statuses: Record<string, number>;
  bytes: number;
  faults: Record<string, number>;
  /** Spent by answers that limits charge for. */
  points: number;
  /** Requests refused by a limit. */
  throttled: number;
  /** The highest number of requests in progress at the same time. */
  mostAtOnce: number;
  atOnce: number;
  /** Total time spent on requests, each from the end of the request to the end of its answer. */
  busyMs: number;
  /** Requests currently held by `hold`. */
  held: number;
}

export function emptyStats(): SandboxStats {
  return {
    requests: 0,
    routes: {},
    statuses: {},
    bytes: 0,
    faults: {},
    points: 0,
    throttled: 0,
    mostAtOnce: 0,
    atOnce: 0,
    busyMs: 0,
    held: 0,
  };
}

/** Counts an answered request. */
export function countAnswer(stats: SandboxStats, route: string, status: number, bytes: number): void {
  stats.routes[route] ??= { requests: 0, statuses: {}, bytes: 0 };
  const own = stats.routes[route];
  stats.requests++;
  own.requests++;
  stats.bytes += bytes;
  own.bytes += bytes;
  stats.statuses[status] = (stats.statuses[status] ?? 0) + 1;
  own.statuses[status] = (own.statuses[status] ?? 0) + 1;
}

/** A copy of the counters, with the number of held requests. */
export function countersOf({ stats, gates }: { stats: SandboxStats; gates: Gates }): SandboxStats {
  return { ...structuredClone(stats), held: heldCount(gates) };
}
