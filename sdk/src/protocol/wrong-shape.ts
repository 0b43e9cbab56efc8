import type { Buffer } from 'node:buffer';
import { DataError } from '../errors.ts';
import { isObject } from './is-object.ts';

const MOST_NAMES = 20;
/** A longer name is left out, not cut: half a secret would not be recognised any more (invariant 6). */
const LONGEST_NAME = 40;

/**
 * Valid JSON without records in the expected place: another API has answered, or the path is wrong. A retry would
 * return the same, so this fails at once.
 */
export class WrongShapeError extends DataError {
  /** @param place the request: method and path */
  constructor(message: string, place?: string) {
    super(message, {
      code: 'answer.wrong_shape',
      place,
      hint: 'is base_url the address of the API? If it is, the API has changed or the path of the records is wrong: report it to the maintainer of this connector',
    });
  }
}

/**
 * Describes what was found in the place of a list.
 * @param bytes valid JSON
 * @param path as in SelectionPaths.records
 */
export function wrongShape(bytes: Buffer, path: string, place?: string): WrongShapeError {
  const value: unknown = JSON.parse(bytes.toString('utf8'));
  if (path === '.') return new WrongShapeError(`one record was expected, not ${kindOf(value)}`, place);
  if (path === '')
    return new WrongShapeError(`a list of records was expected, not ${kindOf(value)}${has(value)}`, place);
  const [where, inside, name] = reached(value, path.split('.'));
  const of = where === '' ? 'the answer' : `“${where}”`;
  if (name === undefined || !isObject(inside))
    return new WrongShapeError(
      `the records are looked for at “${path}”, and ${of} is ${kindOf(inside)}`,
      place,
    );
  return new WrongShapeError(
    `the records are looked for at “${path}”, and ${of} has no “${name}”${has(inside)}`,
    place,
  );
}

/** How far a path can be followed: the path up to there, the value found, and the first missing name. */
function reached(value: unknown, names: readonly string[]): [string, unknown, string | undefined] {
  let inside = value;
  for (const [k, name] of names.entries()) {
    if (!isObject(inside) || !Object.hasOwn(inside, name)) return [names.slice(0, k).join('.'), inside, name];
    inside = inside[name];
  }
  return [names.join('.'), inside, undefined];
}

function has(value: unknown): string {
  if (!isObject(value)) return '';
  const names = Object.keys(value);
  const some = names.filter(({ length }) => length <= LONGEST_NAME).slice(0, MOST_NAMES);
  if (names.length === 0) return ': it is empty';
  const shown = names.length > some.length ? [...some, `… (${names.length})`] : some;
  return `: it has ${shown.join(', ')}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
