import { below } from '../../http/random.ts';

/** Somebody who starts builds or commits. */
export interface Person {
  id: string;
  fullName: string;
}

const PEOPLE: readonly Person[] = [
  { id: 'ada', fullName: 'Ada Lovelace' },
  { id: 'grace.hopper', fullName: 'Grace Hopper' },
  { id: 'jörg', fullName: 'Jörg Müßig' },
  { id: "o'brien", fullName: "Miles O'Brien" },
  { id: 'yamada', fullName: '山田 太郎' },
  { id: 'linus_t', fullName: 'Linus "LT" T.' },
  { id: 'renovate[bot]', fullName: 'renovate[bot]' },
];

export function personOf(seed: number, n: number, salt: number): Person {
  return PEOPLE[below(PEOPLE.length, seed, n, salt)]!;
}

const WORDS = [
  'fix',
  'retry',
  'cache',
  'the',
  'login',
  'page',
  'for',
  'slow',
  'clients',
  'größer',
  'and',
  'tests',
  'API',
  'timeout',
  'remove',
  'legacy',
  '“quoted”',
  'path\\to',
  'null',
  '🎉',
];

/** A few words, the same for the same numbers. */
export function wordsOf(seed: number, n: number, salt: number, count: number): string {
  return Array.from({ length: count }, (_, i) => WORDS[below(WORDS.length, seed, n * 31 + i, salt)]).join(
    ' ',
  );
}

/** 40 hexadecimal digits. */
export function shaOf(seed: number, n: number): string {
  return [1, 2, 3, 4, 5]
    .map((salt) =>
      below(4294967296, seed, n, 600 + salt)
        .toString(16)
        .padStart(8, '0'),
    )
    .join('');
}
