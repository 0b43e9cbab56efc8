import { Buffer } from 'node:buffer';
import { type Ids, SNOWFLAKES, TEXT_IDS } from './ids.ts';
import type { TestApiSettings } from './options.ts';

/** One version of an item. */
export interface Item {
  /** Its number within the group. It is part of the id and never reused. */
  readonly n: number;
  /** Milliseconds since 1970. */
  readonly updated: number;
  readonly version: number;
}

/** A group's items, ordered by (updated, id). */
interface Items {
  readonly length: number;
  at(i: number): Item;
}

/** A page begins after this item. */
export interface After {
  readonly updated: number;
  readonly n: number;
}

/**
 * The generated data. Unchanged items are computed from their numbers, so a million items need no memory. A group
 * with a changed item keeps its list.
 */
export class TestData {
  readonly settings: TestApiSettings;
  readonly ids: Ids;
  readonly #changed = new Map<number, Changed>();

  constructor(settings: TestApiSettings) {
    this.settings = settings;
    this.ids = settings.ids === 'text' ? TEXT_IDS : SNOWFLAKES;
  }

  /** The number of a group, given its id or number. @throws RangeError if it does not exist */
  groupOf(id: string | number): number {
    const group = typeof id === 'number' ? id : this.ids.groupOf(id);
    if (!Number.isSafeInteger(group) || group < 0 || group >= this.settings.partitions)
      throw new RangeError(`there is no group ${id}`);
    return group;
  }

  items(group: number): Items {
    return this.#changed.get(group) ?? this.#made(group);
  }

  /** Items with since ≤ updated < until, after `after`, at most `limit`, and the position of the first. */
  select(group: number, since: number, until: number, after: After | undefined, limit: number): Item[] {
    const items = this.items(group);
    let i = firstAt(items, (item) => item.updated >= since);
    if (after) {
      const behind = firstAt(
        items,
        ({ updated, n }) => updated > after.updated || (updated === after.updated && n > after.n),
      );
      i = Math.max(i, behind);
    }
    const found: Item[] = [];
    for (; i < items.length && found.length < limit; i++) {
      const item = items.at(i);
      if (item.updated >= until) break;
      found.push(item);
    }
    return found;
  }

  count(group: number, since: number, until: number): number {
    const items = this.items(group);
    const from = firstAt(items, ({ updated }) => updated >= since);
    return Math.max(0, firstAt(items, ({ updated }) => updated >= until) - from);
  }

  find(group: number, id: string): Item | undefined {
    const n = this.ids.itemOf(group, id);
    if (!(n >= 0) || id !== this.ids.item(group, n)) return undefined;
    const changed = this.#changed.get(group);
    if (changed) return changed.list.find((item) => item.n === n);
    const items = this.#made(group);
    return n < items.length ? items.at(n) : undefined;
  }

  change(group: number, id: string, updated: number): void {
    const item = this.find(group, id);
    if (!item) throw new RangeError(`there is no item ${id}`);
    const changed = this.#open(group);
    changed.take(item.n);
    changed.put({ n: item.n, updated, version: item.version + 1 });
  }

  add(group: number, updated: number): string {
    const changed = this.#open(group);
    const n = changed.next++;
    changed.put({ n, updated, version: 1 });
    return this.ids.item(group, n);
  }

  remove(group: number, id: string): void {
    const item = this.find(group, id);
    if (!item) throw new RangeError(`there is no item ${id}`);
    this.#open(group).take(item.n);
  }

  /**
   * An item's JSON text. The same version always has the same bytes, including some that a JSON parser would
   * change.
   */
  bytes(group: number, { n, updated, version }: Item): Buffer {
    const { ids } = this;
    const id = ids.json(ids.item(group, n));
    const head = `{"id":${id},"group":${ids.json(ids.group(group))},"n":${n},"version":${version},"updated":"${new Date(updated).toISOString()}","exact":${n % 10}.0,"big":12345678901234567${100 + (n % 900)},"path":"a\\/b","text":"`;
    const rest = this.settings.recordBytes - head.length - 2;
    const from = (group * 7919 + n * 104_729 + version * 31) % (PAD.length - TEXT_MOST);
    return Buffer.concat([Buffer.from(head, 'latin1'), pad(from, rest), END]);
  }

  #made(group: number): Items {
    const { until, spanDays, perInstant, records } = this.settings;
    const length = records(group);
    const span = spanDays * 86_400_000;
    const step = Math.max(1, Math.floor(span / Math.ceil(length / perInstant)));
    const first = until - span + ((group * 37) % step);
    return { length, at: (n) => ({ n, updated: first + Math.floor(n / perInstant) * step, version: 1 }) };
  }

  #open(group: number): Changed {
    let changed = this.#changed.get(group);
    if (!changed) {
      changed = new Changed(this.#made(group));
      this.#changed.set(group, changed);
    }
    return changed;
  }
}

class Changed implements Items {
  readonly list: Item[];
  next: number;

  constructor(made: Items) {
    this.list = Array.from({ length: made.length }, (_, n) => made.at(n));
    this.next = made.length;
  }

  get length(): number {
    return this.list.length;
  }

  at(i: number): Item {
    return this.list[i]!;
  }

  take(n: number): void {
    this.list.splice(
      this.list.findIndex((item) => item.n === n),
      1,
    );
  }

  put(item: Item): void {
    const at = firstAt(
      this,
      ({ updated, n }) => updated > item.updated || (updated === item.updated && n > item.n),
    );
    this.list.splice(at, 0, item);
  }
}

/** The position of the first item that passes; all later items pass too. */
function firstAt(items: Items, test: (item: Item) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(items.at(middle))) high = middle;
    else low = middle + 1;
  }
  return low;
}

const END = Buffer.from('"}');
const TEXT_MOST = 32_768;
/** Words with characters of two, three and four bytes and escapes, to be cut only at the end of a character. */
const WORDS =
  'water gate größe 水門 Kanal 🚀 \\u00e9tat \\"quoted\\" \\\\ line\\nbreak \\ud83d\\ude00 plain words again ';
const PAD = Buffer.from(WORDS.repeat(Math.ceil((3 * TEXT_MOST) / Buffer.byteLength(WORDS))));
const WORD_BYTES = Buffer.byteLength(WORDS);

/** `length` bytes of text starting at about `from`: whole repetitions, padded with plain letters. */
function pad(from: number, length: number): Buffer {
  const start = from - (from % WORD_BYTES);
  const whole = Math.min(length - (length % WORD_BYTES), PAD.length - start);
  const used = whole - (whole % WORD_BYTES);
  return Buffer.concat([
    PAD.subarray(start, start + used),
    Buffer.alloc(Math.max(0, length - used), from % 2 ? 'x' : 'y'),
  ]);
}
