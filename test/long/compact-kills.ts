/** `compact` and `write` are killed before every single step that they do on the disk, not only before some. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
}

export async function compactKills(): Promise<{ passed: number; failed: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-long-'));
  try {
    const file = join(folder, 'report.json');
    const args = ['run', 'connectors/jsonl-destination/test/compact-kills.test.ts'];
    const { error } = spawnSync(
      'vitest',
      [...args, '--reporter=verbose', '--reporter=json', `--outputFile.json=${file}`],
      {
        stdio: ['ignore', 'inherit', 'inherit'],
        env: { ...process.env, KILL_EVERY: '1' },
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
