import { type Cursor, DataError, type Page, type Scan } from '@headrace/sdk';
import type { JsonObject, SyncMode } from './cdk.ts';
import type { Turns } from './turns.ts';

/** What one read of a stream is begun with. */
export interface FarosFrom {
  readonly syncMode: SyncMode;
  readonly state: JsonObject;
  /** The records up to this page's end are accounted for by `state`, JSON. */
  readonly onSafe: (page: Page, state: string) => void;
  /** Everything was read, and this state accounts for it. */
  readonly onEnd: (state: string) => void;
  /** Ends the stream's turn. */
  readonly end: () => void;
}

/** What the source keeps beside the states of its streams; a copy stands in each stream's state. */
export interface Beside {
  /** Counts the runs: the newest copy is the one that counts. */
  readonly run: number;
  readonly state: JsonObject;
}

export interface FarosCursorOptions {
  /** The stream's state as the source has it. */
  readonly state: JsonObject;
  readonly beside: Beside | undefined;
  readonly backfill: boolean;
  readonly supportsIncremental: boolean;
  readonly turns: Turns | undefined;
}

/**
 * A stream's one partition. Its state is `{ state: <the source's own> }`. It accounts for the records sent
 * only where the source's state does: until then no STATE leaves (`settled`). A full refresh begins from
 * nothing and has nothing to resume from.
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

/** The source's own state in a partition's. @throws DataError */
export function stateIn(saved: JsonObject): JsonObject {
  const { state } = saved;
  if (typeof state !== 'object' || state === null || Array.isArray(state)) {
    throw new DataError('the state holds none of a stream of this source', {
      code: 'state.invalid',
      hint: 'reset the state of this stream',
    });
  }
  return state as JsonObject;
}
