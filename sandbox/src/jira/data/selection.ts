import { membersOf } from '../../http/jsonBytes.ts';
import { type ByteWriter, put, putAscii } from '../../http/writer.ts';
import { NOT_NAVIGABLE } from './fields.ts';

/** The members of `fields` to include in an answer. */
export interface Selection {
  all: boolean;
  navigable: boolean;
  included: ReadonlySet<string>;
  excluded: ReadonlySet<string>;
}

/**
 * Parses a list of fields: names, `*all`, `*navigable`, and `-name` (if there are only exclusions, all other fields).
 */
export function selectionOf(fields: readonly string[]): Selection {
  const names = fields.map((field) => field.trim()).filter((field) => field !== '');
  const excluded = new Set(names.filter((name) => name.startsWith('-')).map((name) => name.slice(1)));
  const included = new Set(names.filter((name) => !name.startsWith('-') && !name.startsWith('*')));
  const all = names.includes('*all') || (names.length > 0 && excluded.size === names.length);
  return { all, navigable: names.includes('*navigable'), included, excluded };
}

/** True if nothing is left out, so the issue's bytes can be sent unchanged. */
export function isWhole(selection: Selection): boolean {
  return selection.all && selection.excluded.size === 0;
}

/** The light form that the selection asks for: only `id`, or only `id` and `key`. Undefined if it needs fields. */
export function lightForm(selection: Selection): 'id' | 'key' | undefined {
  if (selection.all || selection.navigable) return undefined;
  const names = [...selection.included];
  if (names.every((name) => name === 'id')) return 'id';
  return names.every((name) => name === 'id' || name === 'key' || name === 'self') ? 'key' : undefined;
}

function wants(selection: Selection, name: string): boolean {
  if (selection.excluded.has(name)) return false;
  return selection.all || selection.included.has(name) || (selection.navigable && !NOT_NAVIGABLE.has(name));
}

/** Appends an issue with only the selected members of `fields`. They are copied byte for byte. */
export function putSelected(out: ByteWriter, issue: Buffer, selection: Selection): void {
  putAscii(out, '{');
  let first = true;
  for (const member of membersOf(issue, 0)) {
    if (!first) putAscii(out, ',');
    first = false;
    if (member.name !== 'fields') {
      put(out, issue.subarray(member.from, member.until));
      continue;
    }
    putAscii(out, '"fields":{');
    const kept = membersOf(issue, member.value).filter(({ name }) => wants(selection, name));
    for (const [i, { from, until }] of kept.entries()) {
      if (i > 0) putAscii(out, ',');
      put(out, issue.subarray(from, until));
    }
    putAscii(out, '}');
  }
  putAscii(out, '}');
}
