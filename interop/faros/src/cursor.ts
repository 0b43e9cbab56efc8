import { type Cursor, DataError, type Page, type Scan } from '@headrace/sdk';
import { isObject } from '@headrace/sdk/protocol';
import type { JsonObject, SyncMode } from './cdk.ts';
import type { Turns } from './turns.ts';

/** What a read of a stream starts with. */
export interface FarosFrom {
  readonly syncMode: SyncMode;
  readonly state: JsonObject;
  /** `state` (JSON) accounts for all records up to the end of this page. */
  readonly onSafe: (page: Page, state: string) => void;
  /** Everything was read, and `state` (JSON) accounts for it. */
  readonly onEnd: (state: string) => void;
  /** Ends the stream's turn. */
  readonly end: () => void;
}

/** What the source stores next to the states of its streams. Each stream's state contains a copy. */
export interface Beside {
  /** Number of the run; the copy with the highest one is used. */
  readonly run: number;
  readonly state: JsonObject;
}

export interface FarosCursorOptions {
  /** The stream's state in the source's own format. */
  readonly state: JsonObject;
  readonly beside: Beside | undefined;
  readonly backfill: boolean;
  readonly supportsIncremental: boolean;
  readonly turns: Turns | undefined;
}

/**
 * The single partition of a stream. Its state is `{ state: <the source's own state> }`. A STATE is sent only when the
 * source's state accounts for all records sent so far (`settled`). A full refresh starts from an empty state and
 * cannot resume.
 */
export function farosCursor(options: FarosCursorOptions): Cursor<FarosFrom> {
  return {
    async open(saved, env): Promise<Scan<FarosFrom>> {
      if (saved !== undefined) stateIn(saved);
      const end = (await options.turns?.take()) ?? (() => {});
      const full = env.full === true || options.backfill || !options.supportsIncremental;
      const before = JSON.stringify(options.state);
      const safe = new WeakMap<Page, string>();
      let state = before;
      let last: string | undefined;
      let settled = true;
      return {
        parts: [
          {
            from: {
              syncMode: full ? 'full_refresh' : 'incremental',
              state: JSON.parse(full ? '{}' : before) as JsonObject,
              onSafe: (page, now) => void safe.set(page, now),
              onEnd: (now) => {
                last = now;
              },
              end,
            },
            fresh: () => undefined,
            advance(page) {
              const now = full ? undefined : safe.get(page);
              settled = now !== undefined;
              if (now !== undefined) state = now;
            },
            finish() {
              if (!full && last !== undefined) state = last;
              settled = true;
            },
          },
        ],
        settled: () => settled,
        state: () => ({
          state: JSON.parse(state) as JsonObject,
          ...(options.beside ? { beside: { ...options.beside } } : {}),
        }),
      };
    },
  };
}

/** Extracts the source's own state from a partition's state. @throws DataError */
export function stateIn(saved: JsonObject): JsonObject {
  const { state } = saved;
  if (!isObject(state)) {
    throw new DataError('the state was not written by a stream of this source', {
      code: 'state.invalid',
      hint: 'reset the state of this stream',
    });
  }
  return state as JsonObject;
}
