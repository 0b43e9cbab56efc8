import type { JsonObject } from '../protocol/messages.ts';
import type { Cursor } from './cursor.ts';

/** Full refresh by partition: what is done is not read again when an interrupted read goes on. */
export function resumable(): Cursor<undefined> {
  return {
    open: (saved: JsonObject | undefined) => {
      let done = saved?.done === true;
      let begun = false;
      return {
        parts: done
          ? []
          : [
              {
                from: undefined,
                fresh: () => undefined,
                advance: () => {
                  begun = true;
                },
                finish: () => {
                  done = true;
                },
              },
            ],
        settled: () => done || !begun,
        state: () => (done ? { done: true } : {}),
      };
    },
  };
}
