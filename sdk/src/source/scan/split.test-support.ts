import type { Cursor } from '../cursor.ts';
import { type CountRows, cutRange, type SplitOptions, type TimeRange } from '../cursors/split-window.ts';
import { openTrack } from './track.ts';

/** The windows of a scan that one stream reads alone, as a cursor, so that what tests cursors can test them. */
export function splitWindow(
  definition: { readonly key: string; readonly value: string; readonly safetyMinutes: number },
  count: CountRows,
  split: SplitOptions,
): Cursor<TimeRange> {
  return {
    async open(saved, { begin, warn }) {
      const { safetyMinutes } = definition;
      const track = await openTrack(saved, {
        definition,
        safetyMinutes,
        start: undefined,
        entries: undefined,
        begin,
        warn,
      });
      const { needs, settledAt } = track;
      const whole = needs.length === 1 && needs[0]!.until === undefined ? needs[0] : undefined;
      const counted = whole && (await count(whole));
      const pieces =
        counted === undefined ? needs : await cutRange({ ...whole!, counted }, settledAt, split, count);
      return { parts: track.start(pieces).map(({ part }) => part), state: () => track.state() };
    },
  };
}
