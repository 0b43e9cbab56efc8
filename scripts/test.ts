/**
 * `npm test`: types, style, unused code, generated files, then every test. Ends with `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const gates: ReadonlyArray<readonly [name: string, command: string, ...args: string[]]> = [
  ['types', 'tsc', '-p', 'tsconfig.json'],
  ['style', 'biome', 'check', '--error-on-warnings'],
  ['unused code and undeclared imports', 'knip'],
  ['specs', 'node', '--conditions=headrace:source', 'scripts/specs.ts', '--check'],
  ['protocol schema', 'node', 'scripts/protocol-schema.ts', '--check'],
  ['WebAssembly', 'node', 'scripts/wasm.ts', '--check'],
  ['docs', 'node', '--conditions=headrace:source', 'scripts/api-docs.ts', '--check'],
];

let passed = 0;
let failed = 0;
let skipped = 0;

function run(command: string, args: readonly string[]): boolean {
  return (
    spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' })
      .status === 0
  );
}

for (const [name, command, ...args] of gates) {
  const ok = run(command, args);
  process.stdout.write(`${ok ? '✓' : '✗'} ${name}\n`);
  if (ok) passed++;
  else failed++;
}

const folder = mkdtempSync(join(tmpdir(), 'headrace-test-'));
const report = join(folder, 'report.json');
const ok = run('vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
]);
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  testResults: Array<{ status: string; assertionResults: unknown[] }>;
}
try {
  const result = JSON.parse(readFileSync(report, 'utf8')) as Report;
  passed += result.numPassedTests;
  failed += result.numFailedTests;
  skipped += result.numPendingTests;
  // A file that cannot be loaded has no tests to count.
  failed += result.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
} finally {
  rmSync(folder, { recursive: true });
}
if (!ok && failed === 0) failed++;
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exitCode = failed > 0 ? 1 : 0;
