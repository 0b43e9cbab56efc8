/** Tests that are short in `npm test` and have a marathon in them: the same files, told to go the whole way. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const HERE = 'connectors/jsonl-destination/test';
const FILES = [
  // `compact` and `write` are killed before every single step that they do on the disk, not only before some.
  `${HERE}/compact-kills.test.ts`,
  // An overwrite, too.
  `${HERE}/overwrite-kills.test.ts`,
  // 510 kills at random points of progress.
  `${HERE}/kills.test.ts`,
  // 1,000 interleavings of records, states, commits, kills and losses of power.
  `${HERE}/interleavings.test.ts`,
  // 1,000 inputs in which everything is wrong that can be.
  `${HERE}/hostile.test.ts`,
  // A disk that is full at 20 points: a small file system of its own, which takes root.
  `${HERE}/full-disk.test.ts`,
  // The sandbox's tree against the real Stapler: 1,500 random questions to both.
  'sandbox/test/stapler.test.ts',
  // The checks of the conformance suite that `npm test` runs for jira-source only.
  'test/conformance/bitbucket-source.test.ts',
  'test/conformance/jenkins-source.test.ts',
  // 20 jobs of 10 tenants under one schedule.
  'runner/test/fleet.test.ts',
  // Every target of the Makefile of examples/platform-light.
  'test/platform-light.test.ts',
];

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
}

export async function suites(): Promise<{ passed: number; failed: number }> {
  const marathons = run(FILES, { KILL_EVERY: '1', HEADRACE_LONG: '1' });
  // Property tests run all of their cases: scans of hundreds of worlds among them.
  const properties = run(['--project', 'unit'], { HEADRACE_FUZZ: '1' });
  return {
    passed: marathons.passed + properties.passed,
    failed: marathons.failed + properties.failed,
  };
}

function run(args: readonly string[], env: Record<string, string>): { passed: number; failed: number } {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-long-'));
  try {
    const file = join(folder, 'report.json');
    const { error } = spawnSync(
      'vitest',
      ['run', ...args, '--reporter=verbose', '--reporter=json', `--outputFile.json=${file}`],
      {
        stdio: ['ignore', 'inherit', 'inherit'],
        env: { ...process.env, ...env },
        shell: process.platform === 'win32',
      },
    );
    if (error) throw error;
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(
      readFileSync(file, 'utf8'),
    ) as Report;
    return { passed: numPassedTests, failed: Math.max(numFailedTests, numFailedTestSuites) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
