/**
 * The format of the test API's ids. They can be computed in both directions, so that a million items need no
 * memory.
 */
export interface Ids {
  group(group: number): string;
  item(group: number, n: number): string;
  /** The number of a group; NaN if this is not a group's id. */
  groupOf(id: string): number;
  /** The number of an item in the group; NaN if this is not the id of one. */
  itemOf(group: number, id: string): number;
  /** The id as written in JSON. */
  json(id: string): string;
}

/** `g00003`, `g00003-000012`. */
export const TEXT_IDS: Ids = {
  group: (group) => `g${String(group).padStart(5, '0')}`,
  item: (group, n) => `${TEXT_IDS.group(group)}-${String(n).padStart(6, '0')}`,
  groupOf: (id) => (/^g\d{5,}$/.test(id) ? Number(id.slice(1)) : Number.NaN),
  itemOf: (group, id) => Number(id.slice(TEXT_IDS.group(group).length + 1)),
  json: (id) => JSON.stringify(id),
};

const GROUPS = 1_790_000_000_000_000_001n;
const ITEMS = 1_791_000_000_000_000_001n;
/** The most items in a group. */
const SPAN = 100_000_000n;

/** 19 digits. Above 2^53, a double is only exact to the nearest 256 at this size. */
export const SNOWFLAKES: Ids = {
  group: (group) => String(GROUPS + BigInt(group)),
  item: (group, n) => String(ITEMS + BigInt(group) * SPAN + BigInt(n)),
  groupOf: (id) => (DIGITS.test(id) ? Number(BigInt(id) - GROUPS) : Number.NaN),
  itemOf: (group, id) => (DIGITS.test(id) ? Number(BigInt(id) - ITEMS - BigInt(group) * SPAN) : Number.NaN),
  json: (id) => id,
};

const DIGITS = /^\d{19}$/;
