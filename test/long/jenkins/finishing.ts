import { endOf } from '@headrace/sdk/testing';
import { judge, type Result } from '../result.ts';
import { isEqual, sentenceOf } from './landed.ts';
import { worldOf } from './world.ts';

const SYNCS = 10;
const AT_ONCE = 60;

/** Builds that begin and end in random order over ten syncs: every final version lands once, and none is missing. */
export async function jenkinsFinishing(): Promise<Result> {
  const result = { passed: 0, failed: 0 };
  const { jenkins, landed, sync } = await worldOf({
    seed: 8,
    jobs: 60,
    builds: 3000,
    levels: 5,
    running: AT_ONCE,
  });
  const { control } = jenkins;
  try {
    let ended = 0;
    for (let i = 0; i < SYNCS; i++) {
      await sync();
      control.advanceClock({ ms: 600_000 });
      ended += control.finish({ count: 40 }).length + control.abort({ count: 3 }).length;
      // Post-production goes on after `building` has turned false, and a result is known before.
      control.finish({ count: 5, inProgress: true });
      control.decide({ count: 5, result: 'FAILURE' });
      control.start({ count: 45 });
    }
    ended += control.finish({ count: 10_000 }).length;
    const last = await sync();
    const again = await sync();
    const comparison = await landed.compare(jenkins);
    judge(
      result,
      isEqual(comparison) && endOf(last, 'builds') === 'COMPLETE' && again.records.length === 0,
      `${ended} builds ended in random order over ${SYNCS} syncs: ${sentenceOf(comparison)}; then ${again.records.length} records`,
    );
  } finally {
    await jenkins.close();
  }
  return result;
}
