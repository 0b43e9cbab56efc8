import { isPattern, nameMatcher } from '@headrace/sdk';
import type { Config } from '../config.ts';
import type { Folder, Item } from './item.ts';

/** Which items `jobs` and `excluded_jobs` select, by full name. */
export interface Selected {
  /** Where the listing begins: the folders that the patterns name, or the top. */
  readonly roots: readonly Folder[];
  /** Whether an item is to be read. Configurations and modules go with their job. */
  has(item: Pick<Item, 'fullName' | 'partOf'>): boolean;
  /** Whether something below a folder may be selected. */
  mayHold(folder: Pick<Folder, 'fullName'>): boolean;
  /** Patterns that no item matched so far, each with its option: `jobs[0]`. */
  unmatched(): ReadonlyArray<{ readonly place: string; readonly pattern: string }>;
}

interface Pattern {
  readonly place: string;
  readonly pattern: string;
  readonly matches: (name: string) => boolean;
  isMatched: boolean;
}

/** Reads the patterns of a configuration: `*` stands for any part of a name, `**` also for folders. */
export function selectedBy({ jobs = [], excluded_jobs = [] }: Config): Selected {
  const included = jobs.map((pattern, i) => patternOf(pattern, `jobs[${i}]`));
  const excluded = excluded_jobs.map((pattern, i) => patternOf(pattern, `excluded_jobs[${i}]`));
  const isExcluded = (name: string): boolean => {
    // An excluded folder is excluded with everything in it.
    const above = name.split('/').map((_, i, names) => names.slice(0, i + 1).join('/'));
    return excluded.filter((one) => above.some((part) => matched(one, part))).length > 0;
  };
  return {
    roots: rootsOf(jobs),
    has({ fullName, partOf = fullName }) {
      // All patterns are tried, so that those without a match are known.
      const isIncluded = included.filter((one) => matched(one, partOf)).length > 0 || included.length === 0;
      return !isExcluded(fullName) && isIncluded;
    },
    mayHold: ({ fullName }) =>
      !isExcluded(fullName) && (jobs.length === 0 || jobs.some((pattern) => reaches(pattern, fullName))),
    unmatched: () => [...included, ...excluded].filter(({ isMatched }) => !isMatched),
  };
}

const patternOf = (pattern: string, place: string): Pattern => ({
  place,
  pattern,
  matches: nameMatcher([pattern]),
  isMatched: false,
});

function matched(one: Pattern, name: string): boolean {
  const isMatch = one.matches(name);
  one.isMatched ||= isMatch;
  return isMatch;
}

/** Whether a pattern may match something below a folder. */
function reaches(pattern: string, folder: string): boolean {
  const parts = pattern.split('/');
  const anywhere = parts.findIndex((part) => part.includes('**'));
  const names = folder.split('/');
  const compared = anywhere === -1 ? parts.slice(0, -1) : parts.slice(0, anywhere);
  if (anywhere === -1 && names.length > compared.length) return false;
  return names.every((name, i) => {
    const part = compared[i];
    return part === undefined || nameMatcher([part])(name);
  });
}

/** The folders that the patterns name before their first `*`; the top, if there is a pattern that names none. */
function rootsOf(patterns: readonly string[]): readonly Folder[] {
  const folders = patterns.map((pattern) => {
    const parts = pattern.split('/');
    const open = parts.findIndex(isPattern);
    return parts.slice(0, open === -1 ? parts.length - 1 : open).join('/');
  });
  const unique = [...new Set(folders.length === 0 ? [''] : folders)];
  const outer = unique.filter((name) => !unique.some((other) => other !== name && isBelow(name, other)));
  return outer.map((fullName) => ({ fullName, path: pathOf(fullName), above: undefined }));
}

const isBelow = (name: string, folder: string): boolean => folder === '' || name.startsWith(`${folder}/`);

const pathOf = (fullName: string): string =>
  fullName === ''
    ? ''
    : fullName
        .split('/')
        .map((name) => `/job/${encodeURIComponent(name)}`)
        .join('');
