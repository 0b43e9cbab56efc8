import { type ByteWriter, put, putAscii } from '../writer.ts';
import { NOT_NAVIGABLE } from './fields.ts';
import { membersOf } from './jsonBytes.ts';

/** Which members of `fields` an answer carries. */
export interface Selection {
  all: boolean;
  navigable: boolean;
  included: ReadonlySet<string>;
  excluded: ReadonlySet<string>;
}

/** Reads a list of fields: names, `*all`, `*navigable`, and `-name` (which alone means all but that one). */
export function selectionOf(fields: readonly string[]): Selection {
  const names = fields.map((field) => field.trim()).filter((field) => field !== '');
  const excluded = new Set(names.filter((name) => name.startsWith('-')).map((name) => name.slice(1)));
  const included = new Set(names.filter((name) => !name.startsWith('-') && !name.startsWith('*')));
  const all = names.includes('*all') || (names.length > 0 && excluded.size === names.length);
  return { all, navigable: names.includes('*navigable'), included, excluded };
}

/** True where nothing is left out: the issue's bytes can be sent as they are. */
export function isWhole(selection: Selection): boolean {
  return selection.all && selection.excluded.size === 0;
}

/** Which light form the selection asks for: only the id, only id and key, or (undefined) some fields. */
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

/** Appends an issue with only the selected members of its `fields`; what is kept is kept byte for byte. */
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
