import { crc32 } from 'node:zlib';
import type { Page } from '../../protocol/page.ts';
import { hashHex } from './hash.ts';

/** Per page, so that streams that share a scan look at a row's bytes once. */
const hashes = new WeakMap<Page, string[]>();
const marks = new WeakMap<Page, number[]>();

/** The hash of a row's bytes as it may stand in a state: 16 hexadecimal digits. */
export function hashOfRow(page: Page, row: number): string {
  const known = listOf(hashes, page);
  known[row] ??= hashHex(page.record(row));
  return known[row];
}

/** 32 bits of a row's bytes for what never leaves the process: ten times as fast as the hash. */
export function markOfRow(page: Page, row: number): number {
  const known = listOf(marks, page);
  known[row] ??= crc32(page.record(row));
  return known[row];
}

function listOf<T>(lists: WeakMap<Page, T[]>, page: Page): T[] {
  let list = lists.get(page);
  if (!list) {
    list = [];
    lists.set(page, list);
  }
  return list;
}
