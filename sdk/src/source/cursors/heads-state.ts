import type { DataError } from '../../errors.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import { foreignState } from './saved.ts';

/** A walk that is not finished: what it has still to bring. */
export interface Walk {
  /** Commits to begin at: parents of what was sent that were not sent themselves. */
  readonly frontier: Set<string>;
  /** What was sent before the walk began. */
  readonly exclude: Set<string>;
}

export interface HeadsState {
  /** What a new walk leaves out: the heads of the last finished scan, and of the walks since. */
  heads: ReadonlySet<string>;
  /** Heads of earlier scans: bounds for a walk whose heads are gone. */
  older: readonly string[];
  walks: readonly Walk[];
  /** Hashes (16 hexadecimal digits) of the commits sent last, oldest first. */
  recent: readonly string[];
}

const DIGITS = 16;

/** `{ heads, older?, walks?: [{ frontier, exclude }], recent?: "…" }`. @throws DataError */
export function parseHeads(saved: JsonObject | undefined): HeadsState {
  const { heads = [], older = [], walks = [], recent = '' } = saved ?? {};
  if (!isTexts(heads) || !isTexts(older) || !Array.isArray(walks) || typeof recent !== 'string')
    throw foreign();
  return {
    heads: new Set(heads),
    older,
    walks: walks.map((walk: unknown) => {
      const { frontier, exclude } = (walk ?? {}) as { frontier?: unknown; exclude?: unknown };
      if (!isTexts(frontier) || !isTexts(exclude)) throw foreign();
      return { frontier: new Set(frontier), exclude: new Set(exclude) };
    }),
    recent: recent.match(/[0-9a-f]{16}/g) ?? [],
  };
}

/** @param most so many of the recent ones are kept */
export function headsJson({ heads, older, walks, recent }: HeadsState, most: number): JsonObject {
  return {
    heads: [...heads],
    ...(older.length === 0 ? {} : { older: [...older] }),
    ...(walks.length === 0
      ? {}
      : {
          walks: walks.map(({ frontier, exclude }) => ({ frontier: [...frontier], exclude: [...exclude] })),
          recent: recent.slice(Math.max(0, recent.length - most)).join(''),
        }),
  };
}

/** A commit's name as `recent` keeps it: of a hexadecimal hash its first digits. */
export const shortName = (hash: string, digest: (text: string) => string): string =>
  /^[0-9a-f]{16}/.test(hash) ? hash.slice(0, DIGITS) : digest(hash);

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

const foreign = (): DataError => foreignState('is no set of heads');
