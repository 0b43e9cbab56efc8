import type { RecordList } from '../read-lists.ts';
import { contextOf, type ScanEnv, type ScanLane } from './member.ts';
import { takeUnit } from './take-unit.ts';
import { BEFORE_RECORD } from './track.ts';

/** Records from before the lookback whose entries may have changed; see `LateRecords`. */
export function lateList(lanes: readonly ScanLane[], env: ScanEnv): RecordList<ScanLane> {
  const { definition } = env.scan;
  const ranges = lanes.map(({ member }) => member.track.late!);
  const sinces = ranges.map(({ since }) => since);
  const range = {
    since: sinces.includes(undefined) ? undefined : Math.min(...sinces.map((since) => since!)),
    until: Math.max(...ranges.map(({ until }) => until)),
  };
  const since = Math.min(...lanes.map(({ member }) => member.track.from!)) - BEFORE_RECORD;

  return {
    name: definition.name,
    lanes,
    mostPages: 1,
    read: (to) => definition.late!.read({ ...contextOf(to, env), range, since }),
    take: (unit, to) => takeUnit(unit, to, env),
    async complete(_, short) {
      // Until the list is whole, entries that it lacks would be older than the next scan looks for.
      if (short) throw short;
      for (const { member, isOver } of lanes)
        if (!isOver && member.track.late) member.track.lateUpTo([member.track.late.until]);
      return true;
    },
  };
}
