/** What one route was asked and answered. */
export interface RouteStats {
  requests: number;
  statuses: Record<string, number>;
  /** Body bytes sent, as far as they were sent. */
  bytes: number;
}

/** What a sandbox was asked and answered since its start or the last `resetStats`. */
export interface SandboxStats {
  requests: number;
  /** By method and template: `POST /rest/api/3/search/jql`. Resets before the answer have the status `0`. */
  routes: Record<string, RouteStats>;
  statuses: Record<string, number>;
  bytes: number;
  faults: Record<string, number>;
  /** Points that the OAuth app spent. */
  points: number;
  /** Requests refused by the burst limit or the quota. */
  throttled: number;
  /** Most requests that were being answered at once. */
  mostAtOnce: number;
  atOnce: number;
  /** How long requests were being answered, all of them together: from their end to that of their answer. */
  busyMs: number;
  /** Requests held back by `hold` now. */
  held: number;
}

/** Fresh counters. */
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
