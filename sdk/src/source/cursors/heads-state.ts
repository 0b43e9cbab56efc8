import type { DataError } from '../../errors.ts';
import type { JsonObject } from '../../protocol/messages.ts';
import { foreignState } from './saved.ts';

/** A walk that is not finished: what it still has to return. */
export interface Walk {
  /** Where to begin: parents of sent commits that were not sent themselves. */
  readonly frontier: Set<string>;
  /** The heads of what was sent before the walk began. */
  readonly exclude: Set<string>;
}

export interface HeadsState {
  /** What a new walk excludes: the heads of the last finished scan, and of the walks since then. */
  heads: ReadonlySet<string>;
  /** Heads of earlier scans, as bounds for a walk whose heads are gone. */
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

/** @param most how many of the recent ones are kept */
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

/** How `recent` names a commit: by the first digits of a hexadecimal hash. */
export const shortName = (hash: string, digest: (text: string) => string): string =>
  /^[0-9a-f]{16}/.test(hash) ? hash.slice(0, DIGITS) : digest(hash);

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

const foreign = (): DataError => foreignState('is not a set of heads');
