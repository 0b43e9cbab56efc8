import type { IssueStore } from '../store/store.ts';
import { placeOf } from '../store/store.ts';
import type { Zone } from '../zone.ts';
import { jqlDate } from './dates.ts';
import { JqlError } from './lexer.ts';
import { type Clause, type Ordering, parseJql } from './parser.ts';

/** The properties of an issue that a query can test, as indexed. */
export interface Probe {
  n: number;
  id: number;
  project: number;
  number: number;
  created: number;
  updated: number;
}

/** A compiled query. */
export interface Query {
  matches(probe: Probe): boolean;
  /** At most 7 fields. If empty, newest first: the sandbox's choice, since the vendor promises no order. */
  orderBy: Ordering[];
  /** Bounds that every match satisfies, to limit the scan; both ends of `updated` are inclusive. */
  bounds: { updatedFrom: number; updatedTo: number; project: number | undefined };
}

const SORTABLE = new Set(['updated', 'created', 'id', 'key', 'issue', 'issuekey', 'project']);
const KEY_FIELDS = new Set(['id', 'key', 'issue', 'issuekey']);
const UNBOUNDED =
  'Unbounded JQL queries are not allowed here. Please add a search restriction to your query.';

/** Compiles a query for a site. Throws {@link JqlError} if the vendor would answer with a 400. */
export function queryOf(jql: string, store: IssueStore, zone: Zone, now: number): Query {
  const { where, orderBy } = parseJql(jql);
  if (!where) throw new JqlError(UNBOUNDED);
  if (orderBy.length > 7) throw new JqlError('The maximum number of order by fields is 7.');
  for (const { field } of orderBy) if (!SORTABLE.has(field)) throw unknownField(field);
  const bounds: Query['bounds'] = {
    updatedFrom: Number.NEGATIVE_INFINITY,
    updatedTo: Number.POSITIVE_INFINITY,
    project: undefined,
  };
  const matches = compile(where, { store, zone, now });
  narrow(where, { store, zone, now }, bounds);
  return { matches, orderBy, bounds };
}

interface Site {
  store: IssueStore;
  zone: Zone;
  now: number;
}

function unknownField(field: string): JqlError {
  return new JqlError(`Field '${field}' does not exist or you do not have permission to view it.`);
}

function compile(clause: Clause, site: Site): (probe: Probe) => boolean {
  if (clause.kind === 'not') {
    const inner = compile(clause.clause, site);
    return (probe) => !inner(probe);
  }
  if (clause.kind === 'and' || clause.kind === 'or') {
    const parts = clause.clauses.map((part) => compile(part, site));
    return clause.kind === 'and'
      ? (probe) => parts.every((part) => part(probe))
      : (probe) => parts.some((part) => part(probe));
  }
  if (clause.field === 'updated' || clause.field === 'created')
    return compileDate(clause, clause.field, site);
  if (clause.field === 'project') return compileProject(clause, site);
  if (KEY_FIELDS.has(clause.field)) return compileKey(clause, site);
  throw unknownField(clause.field);
}

type Leaf = Extract<Clause, { kind: 'compare' | 'in' }>;

function compileDate(clause: Leaf, field: 'updated' | 'created', site: Site): (probe: Probe) => boolean {
  if (clause.kind === 'in' || clause.operator === '=' || clause.operator === '!=') {
    throw new JqlError(
      `The operator '${clause.kind === 'in' ? 'in' : clause.operator}' is not supported by the '${field}' field here.`,
    );
  }
  const at = jqlDate(field, clause.value, site.zone, site.now);
  switch (clause.operator) {
    case '>=':
      return (probe) => probe[field] >= at;
    case '>':
      return (probe) => probe[field] > at;
    case '<=':
      return (probe) => probe[field] <= at;
    default:
      return (probe) => probe[field] < at;
  }
}

function compileProject(clause: Leaf, site: Site): (probe: Probe) => boolean {
  const { values, negated } = equality(clause);
  const wanted = new Set(values.map((value) => projectIndex(value, site.store)));
  return (probe) => wanted.has(probe.project) !== negated;
}

function projectIndex(value: string, store: IssueStore): number {
  const name = value.toLowerCase();
  const found = store.projects.find(
    (one) =>
      one.visible && (one.key.toLowerCase() === name || one.id === value || one.name.toLowerCase() === name),
  );
  if (!found) throw new JqlError(`The value '${value}' does not exist for the field 'project'.`);
  return found.index;
}

function compileKey(clause: Leaf, site: Site): (probe: Probe) => boolean {
  if (clause.kind === 'compare' && clause.operator !== '=' && clause.operator !== '!=') {
    const { operator } = clause;
    const place = placeOf(site.store, clause.value);
    const limit = /^\d+$/.test(clause.value)
      ? Number(clause.value)
      : place >= 0
        ? site.store.rows.id[place]!
        : Number.NaN;
    if (Number.isNaN(limit))
      throw new JqlError(`An issue with key '${clause.value}' does not exist for field '${clause.field}'.`);
    if (operator === '>=') return (probe) => probe.id >= limit;
    if (operator === '>') return (probe) => probe.id > limit;
    return operator === '<=' ? (probe) => probe.id <= limit : (probe) => probe.id < limit;
  }
  const { values, negated } = equality(clause);
  const wanted = new Set(values.map((value) => placeOf(site.store, value)));
  return (probe) => wanted.has(probe.n) !== negated;
}

function equality(clause: Leaf): { values: string[]; negated: boolean } {
  if (clause.kind === 'in') return clause;
  if (clause.operator === '=' || clause.operator === '!=')
    return { values: [clause.value], negated: clause.operator === '!=' };
  throw new JqlError(`The operator '${clause.operator}' is not supported by the '${clause.field}' field.`);
}

/** Narrows the bounds with the clauses that every match must satisfy. */
function narrow(clause: Clause, site: Site, bounds: Query['bounds']): void {
  if (clause.kind === 'and') for (const part of clause.clauses) narrow(part, site, bounds);
  if (clause.kind === 'in' && clause.field === 'project' && !clause.negated && clause.values.length === 1) {
    bounds.project = projectIndex(clause.values[0]!, site.store);
  }
  if (clause.kind !== 'compare') return;
  if (clause.field === 'project' && clause.operator === '=')
    bounds.project = projectIndex(clause.value, site.store);
  if (clause.field !== 'updated') return;
  const at = jqlDate('updated', clause.value, site.zone, site.now);
  if (clause.operator.startsWith('>')) bounds.updatedFrom = Math.max(bounds.updatedFrom, at);
  if (clause.operator.startsWith('<')) bounds.updatedTo = Math.min(bounds.updatedTo, at);
}
