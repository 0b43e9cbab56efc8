import { BaseSequencer, type TestSpecification } from 'vitest/node';

const LONG = /conformance|suites\.process|pipe\.test|(generated|guide|readers-recipe)\.test|crash\.test/;

/**
 * Starts test files that mostly wait first. If they started last, they would run alone and leave half of the machine
 * idle. Vitest orders files by their last duration; on a fresh machine it uses the file size, and these files are
 * small.
 */
export default class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
