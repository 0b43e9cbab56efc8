import type { Project } from '../data/projects.ts';
import type { Ordering } from './parser.ts';
import type { Probe } from './query.ts';

/** A value to compare: an instant, id, number or project key. */
export type SortKey = number | string;

/** The order of a query's matches. Ties are ordered by place, in the direction of the last field. */
export interface Order {
  /** The index to use: by `updated`, by place (for id and created), or none. */
  by: 'updated' | 'place' | 'other';
  /** Direction in which to read the index. */
  descending: boolean;
  keysOf(probe: Probe): SortKey[];
  directions: boolean[];
}

/** The order for an ORDER BY clause. Without one, newest first. */
export function orderOf(orderBy: readonly Ordering[], projects: readonly Project[]): Order {
  const [first = { field: 'id', descending: true }, ...rest] = orderBy;
  const aligned = rest.every(({ field, descending }) => field === 'id' && descending === first.descending);
  const { descending } = first;
  if (aligned && first.field === 'updated')
    return { by: 'updated', descending, keysOf: (probe) => [probe.updated], directions: [descending] };
  if (aligned && (first.field === 'id' || first.field === 'created'))
    return { by: 'place', descending, keysOf: () => [], directions: [descending] };
  const parts = orderBy.map(({ field }) => part(field, projects));
  const directions = orderBy.flatMap(({ descending }, i) => parts[i]!.map(() => descending));
  return {
    by: 'other',
    descending: false,
    keysOf: (probe) => parts.flat().map((key) => key(probe)),
    directions,
  };
}

function part(field: string, projects: readonly Project[]): ((probe: Probe) => SortKey)[] {
  const project = (probe: Probe) => projects[probe.project]!.key;
  if (field === 'key' || field === 'issuekey' || field === 'issue') return [project, (probe) => probe.number];
  if (field === 'project') return [project];
  if (field === 'updated' || field === 'created') return [(probe) => probe[field]];
  return [(probe) => probe.id];
}

/** Negative if `a` comes before `b`. */
export function comparePositions(
  order: Order,
  a: { keys: readonly SortKey[]; n: number },
  b: { keys: readonly SortKey[]; n: number },
): number {
  for (let i = 0; i < order.directions.length; i++) {
    const left = a.keys[i]!;
    const right = b.keys[i]!;
    if (left !== right && left !== undefined) return left < right === order.directions[i] ? 1 : -1;
  }
  const tie = a.n - b.n;
  return order.directions.at(-1) ? -tie : tie;
}
