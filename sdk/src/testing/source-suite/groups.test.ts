import { expect, it } from 'vitest';
import { groupsOf } from './groups.ts';

it.each([
  [0, 0],
  [1, 1],
  [2, 2],
  [3, 3],
  [5, 4],
  [7, 5],
  [12, 6],
  [26, 7],
  [60, 8],
])('of %i members, each of any two is in a group without the other: %i groups', (size, most) => {
  const list = Array.from({ length: size }, (_, i) => i);
  const { groups, of } = groupsOf(list);
  expect(groups).toHaveLength(most);
  for (const a of list) {
    expect(of(a)).toEqual([...groups.keys()].filter((k) => groups[k]!.includes(a)));
    for (const b of list)
      if (a !== b) expect(groups.some((group) => group.includes(a) && !group.includes(b))).toBe(true);
  }
});
