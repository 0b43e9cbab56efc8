import { BaseSequencer, type TestSpecification } from 'vitest/node';

const LONG = /conformance|suites\.test|pipe\.test|generated\.test|crash\.test/;

/**
 * Files that mostly wait begin first: begun last they would run alone, with half of the machine idle. Vitest
 * knows how long each took the last time; on a fresh machine it goes by the size of the file, and theirs is small.
 */
export default class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
