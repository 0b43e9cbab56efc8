import { Refusal } from '../../http/refusal.ts';
import { microsIn } from '../bodies/dates.ts';
import type { Expression, Literal, Operator } from './parser.ts';

/** A time, in microseconds since 1970. */
export interface Instant {
  micros: number;
}

/** A record's value of a field, as queries and sort orders see it. */
export type Value = string | number | boolean | null | Instant;

/** A record's value of a field; undefined if the vendor knows no such field. */
export type FieldOf<T> = (item: T, field: string) => Value | undefined;

/** The fields that a query names. */
export function fieldsOf(expression: Expression): string[] {
  return 'parts' in expression ? expression.parts.flatMap(fieldsOf) : [expression.field];
}

/** A parsed query as a test of records. Unknown fields and values that do not fit a field are a 400. */
export function matcher<T>(expression: Expression, fieldOf: FieldOf<T>): (item: T) => boolean {
  switch (expression.kind) {
    case 'and':
    case 'or': {
      const parts = expression.parts.map((part) => matcher(part, fieldOf));
      return expression.kind === 'and'
        ? (item) => parts.every((part) => part(item))
        : (item) => parts.some((part) => part(item));
    }
    case 'in': {
      const { field, negated, values } = expression;
      return (item) =>
        values.some((value) => holds(known(fieldOf(item, field), field), '=', value)) !== negated;
    }
    case 'compare': {
      const { field, operator, value } = expression;
      return (item) => holds(known(fieldOf(item, field), field), operator, value);
    }
  }
}

function known(value: Value | undefined, field: string): Value {
  if (value === undefined) throw new Refusal(`Invalid field name "${field}" in query.`);
  return value;
}

function holds(value: Value, operator: Operator, { text, quoted }: Literal): boolean {
  if (!quoted && text.toLowerCase() === 'null') return (value === null) === (operator === '=');
  if (value === null) return operator === '!=' || operator === '!~';
  if (operator === '~' || operator === '!~')
    return String(value).toLowerCase().includes(text.toLowerCase()) === (operator === '~');
  const difference = compareWith(value, text);
  switch (operator) {
    case '=':
      return difference === 0;
    case '!=':
      return difference !== 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
  }
}

function compareWith(value: Exclude<Value, null>, text: string): number {
  if (typeof value === 'object') {
    const micros = microsIn(text);
    if (micros === undefined) throw new Refusal(`Invalid date in query: ${text}`);
    return value.micros - micros;
  }
  if (typeof value === 'number') return value - Number(text);
  return compare(String(value), text);
}

/** Negative if `a` comes before `b`. null comes first. */
export function compareValues(a: Value, b: Value): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  if (typeof a === 'object' && typeof b === 'object') return a.micros - b.micros;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return compare(String(a), String(b));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
