import { FAULT_KINDS, JENKINS_FAULT_KINDS, type JenkinsFaultKind, startJenkins } from '@headrace/sandbox';
import { endOf, type InProcess, runInProcess } from '@headrace/sdk/testing';
import source from '../../../connectors/jenkins-source/src/source.ts';
import { judge, type Result } from '../result.ts';
import { configOf } from './world.ts';

const STREAMS = ['jobs', 'builds', 'build_stages', 'test_reports', 'queue', 'nodes'];
const RATE = 0.05;
/** Not those that mean the account or the address, which are told at once, nor those of pages, which Jenkins has none of. */
const TOLD: ReadonlySet<string> = new Set(['sign-in', 'sign-in-elsewhere', 'repeat-token', 'end-early']);
const KINDS: JenkinsFaultKind[] = [...FAULT_KINDS, ...JENKINS_FAULT_KINDS].filter((kind) => !TOLD.has(kind));

/** All streams while requests fail: nothing is lost. */
export async function jenkinsFaults(): Promise<Result> {
  const result = { passed: 0, failed: 0 };
  const jenkins = await startJenkins({ seed: 9, jobs: 60, builds: 2500, levels: 5, running: 0 });
  const read = (): Promise<InProcess> =>
    runInProcess(source, 'read', configOf(jenkins), { streams: STREAMS });
  try {
    const whole = textsOf(await read());
    jenkins.control.resetStats();
    jenkins.control.faultRate({ rate: RATE, kinds: KINDS });
    const output = await read();
    const faulty = textsOf(output);
    const { requests, faults } = jenkins.stats();
    const happened = Object.values(faults).reduce((sum, count) => sum + count, 0);
    const missing = [...whole].filter((text) => !faulty.has(text)).length;
    const more = faulty.size - (whole.size - missing);
    const incomplete = STREAMS.filter((stream) => endOf(output, stream) !== 'COMPLETE');
    judge(
      result,
      output.code === 0 && missing === 0 && more === 0,
      `${happened} faults of ${KINDS.length} kinds in ${requests} requests: exit ${output.code}, ${missing} of ${whole.size} ` +
        `records missing, ${more} others${incomplete.length > 0 ? `, incomplete ${incomplete.join()}` : ''}`,
    );
  } finally {
    await jenkins.close();
  }
  return result;
}

/** Records without what differs from one read to the next: when the queue was read, and who is working. */
const textsOf = ({ records }: InProcess): Set<string> =>
  new Set(records.map(({ stream, text }) => `${stream} ${text.replace(/"snapshotAt":"[^"]+"/, '')}`));
