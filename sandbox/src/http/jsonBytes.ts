/** Position of an object's member in JSON bytes. */
export interface JsonMember {
  name: string;
  /** Offsets of the name's opening quote, of the value's first byte, and just past the value. */
  from: number;
  value: number;
  until: number;
}

/** The members of the object that begins at `at`. The JSON must be valid and compact. */
export function membersOf(json: Buffer, at: number): JsonMember[] {
  const members: JsonMember[] = [];
  for (let i = at + 1; json[i] !== 0x7d; ) {
    if (json[i] === 0x2c) i++;
    const from = i;
    const colon = skipString(json, from);
    const until = skipValue(json, colon + 1);
    members.push({ name: json.toString('latin1', from + 1, colon - 1), from, value: colon + 1, until });
    i = until;
  }
  return members;
}

/** The elements of the array that begins at `at`, as slices. */
export function elementsOf(json: Buffer, at: number): Buffer[] {
  const elements: Buffer[] = [];
  for (let i = at + 1; json[i] !== 0x5d; ) {
    if (json[i] === 0x2c) i++;
    const until = skipValue(json, i);
    elements.push(json.subarray(i, until));
    i = until;
  }
  return elements;
}

/** Offset of the value at a path of member names, or -1. */
export function valueAt(json: Buffer, ...path: string[]): number {
  let at = 0;
  for (const name of path) {
    const member = membersOf(json, at).find((one) => one.name === name);
    if (!member) return -1;
    at = member.value;
  }
  return at;
}

/** Offset just past the string whose opening quote is at `at`. */
export function skipString(json: Buffer, at: number): number {
  let i = at + 1;
  for (; json[i] !== 0x22; i++) {
    if (json[i] === 0x5c) i++;
    if (i >= json.length) throw new RangeError('unfinished JSON');
  }
  return i + 1;
}

/** Offset just past the value that begins at `at`. */
export function skipValue(json: Buffer, at: number): number {
  let depth = 0;
  for (let i = at; i < json.length; ) {
    const byte = json[i];
    if (byte === 0x22) {
      i = skipString(json, i);
      if (depth === 0) return i;
      continue;
    }
    if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) {
      if (depth === 0) return i;
      if (--depth === 0) return i + 1;
    } else if (byte === 0x2c && depth === 0) return i;
    i++;
  }
  throw new RangeError('unfinished JSON');
}
