/** Groups of the members of a list. */
export interface Groups<T> {
  readonly groups: ReadonlyArray<readonly T[]>;
  /** The numbers of the groups that contain a member, ascending. */
  of(member: T): readonly number[];
}

/**
 * Makes few groups, such that of any two members each is in a group without the other. So no member's groups contain
 * all groups of another. Each member gets its own choice of groups, all of the same size, which needs the fewest groups
 * (Sperner's theorem): 7 for 26 members.
 */
export function groupsOf<T>(list: readonly T[]): Groups<T> {
  let count = 0;
  let all: number[][] = [];
  while (all.length < list.length) {
    count++;
    all = choices(count, Math.max(1, Math.floor(count / 2)));
  }
  const chosen = new Map(list.map((member, i) => [member, all[i] as number[]]));
  return {
    groups: Array.from({ length: count }, (_, k) => list.filter((member) => chosen.get(member)?.includes(k))),
    of: (member) => chosen.get(member) ?? [],
  };
}

/** All choices of `size` numbers below `count`. */
function choices(count: number, size: number): number[][] {
  if (size === 0) return [[]];
  return Array.from({ length: count }, (_, last) =>
    choices(last, size - 1).map((choice) => [...choice, last]),
  ).flat();
}
