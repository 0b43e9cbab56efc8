import type { Range, Selection } from './parse.ts';

/** Decides which properties of an object are written, and which items of a list. */
export interface Pruner {
  /** The pruner for a property's value; undefined if the property is not written. */
  accept(name: string, visibility: number): Pruner | undefined;
  range: Range | undefined;
}

/** Writes what a `tree` names. `*` stands for all properties that it does not name. */
export function byTree({ children, range }: Selection): Pruner {
  return {
    accept: (name) => {
      const inside = children.get(name) ?? children.get('*');
      return inside && byTree(inside);
    },
    range,
  };
}

/** Without a `tree`: properties whose visibility reaches the level. `depth` lowers the level of the first object. */
export function byDepth(level: number): Pruner {
  return {
    accept: (_, visibility) => (visibility < level ? undefined : byDepth(level + 1)),
    range: undefined,
  };
}
