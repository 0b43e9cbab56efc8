/** The paths of a selection, as a tree of keys. */
export interface PathNode {
  readonly keys: Array<{ readonly name: string; readonly bytes: Uint8Array; readonly node: PathNode }>;
  /** Bit n is set if a key of n bytes is wanted (bit 31: 31 bytes or more). */
  lengths: number;
  /** Indexes of the values that this node captures. */
  readonly slots: number[];
  /**
   * Every slot of this node and its descendants. They are cleared if a key occurs a second time, because the last
   * one counts.
   */
  readonly below: number[];
  /** Set if the node is the array of records. */
  element?: PathNode;
  /** Whether the array of records is this node or below it. */
  holdsRecords: boolean;
  /** Whether the node is reached by a key. An object at the top, where the list should be, is not a record. */
  isMember: boolean;
}

export const newNode = (): PathNode => ({
  keys: [],
  lengths: 0,
  slots: [],
  below: [],
  element: undefined,
  holdsRecords: false,
  isMember: false,
});

/** Adds a path and returns its node. @param slot the index of the value that it captures; -1: the list of records */
export function addPath(root: PathNode, path: string, slot: number): PathNode {
  let node = root;
  for (const name of path === '' ? [] : path.split('.')) {
    if (slot >= 0) node.below.push(slot);
    let child = node.keys.find((key) => key.name === name)?.node;
    if (!child) {
      child = newNode();
      const bytes = new TextEncoder().encode(name);
      node.keys.push({ name, bytes, node: child });
      node.lengths |= 1 << Math.min(bytes.length, 31);
    }
    node = child;
    node.isMember = true;
    if (slot < 0) node.holdsRecords = true;
  }
  if (slot >= 0) {
    node.slots.push(slot);
    node.below.push(slot);
  }
  return node;
}

/** The child for a key of `length` bytes. A key written with escapes is decoded before it is compared. */
export function childOf(
  node: PathNode,
  b: Uint8Array,
  from: number,
  length: number,
  escaped: boolean,
): PathNode | undefined {
  if (escaped) {
    const name = JSON.parse(new TextDecoder().decode(b.subarray(from - 1, from + length + 1))) as string;
    return node.keys.find((key) => key.name === name)?.node;
  }
  const { keys } = node;
  for (let n = 0; n < keys.length; n++) {
    const wanted = keys[n]!.bytes;
    if (wanted.length !== length) continue;
    let k = 0;
    while (k < length && b[from + k] === wanted[k]) k++;
    if (k === length) return keys[n]!.node;
  }
  return undefined;
}
