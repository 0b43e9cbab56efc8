import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that mostly wait: they run beside all others, not after them. */
const LONG = /conformance|pipe\.test|crash\.test|suites\.test|generated\.test|\/jira-source\.test/;

/** Long files first: begun last they would run alone, with half of the machine idle. */
export default class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
