import { FAULT_KINDS, type FaultKind } from '@headrace/sandbox';
import { judge, type Result } from '../result.ts';
import { sentenceOf } from './compare.ts';
import { worldOf } from './world.ts';

const AMOUNTS = { repositories: 20, commits: 3000, pullRequests: 400, pipelines: 200, seed: 31 };
const RATE = 0.05;
/** Not the answers that look well and are not. */
const KINDS = [
  ...FAULT_KINDS.filter((kind: FaultKind) => kind !== 'repeat-token' && kind !== 'end-early'),
  '429-edge' as const,
];

/** A first sync and a second one while requests fail in all ways: nothing is lost, nothing comes twice. */
export async function faults(): Promise<Result> {
  const result = { passed: 0, failed: 0 };
  const world = await worldOf(AMOUNTS);
  const { control, stats } = world.bitbucket;
  control.faultRate({ rate: RATE, kinds: KINDS });
  for (const run of ['first', 'second']) {
    control.resetStats();
    const { code } = await world.sync();
    const { requests, faults } = stats();
    const happened = Object.values(faults).reduce((sum, count) => sum + count, 0);
    const wrong = world.compare().filter(({ missing, extra, twice }) => missing + extra + twice > 0);
    judge(
      result,
      code === 0 && wrong.length === 0,
      `${run} sync, ${happened} faults of ${KINDS.length} kinds in ${requests} requests: exit ${code}; ` +
        `${wrong.map(sentenceOf).join('; ') || 'nothing missing, extra or twice'}`,
    );
  }
  await world.bitbucket.close();
  return result;
}
