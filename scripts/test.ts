/**
 * `npm test` checks types, style, unused code and generated files, then runs all tests. Its last line is `N passed, N
 * failed`.
 */
import { spawn, spawnSync } from 'node:child_process';
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

const shell = process.platform === 'win32';

/** Runs a check and collects its output, so that checks can run in parallel and print one after the other. */
function gate(command: string, args: readonly string[]): Promise<{ ok: boolean; said: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], shell });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    child.on('error', (error) => resolve({ ok: false, said: `${error.message}\n` }));
    child.on('close', (code) => resolve({ ok: code === 0, said }));
  });
}

const begun = gates.map(([, command, ...args]) => gate(command, args));
for (const [i, [name]] of gates.entries()) {
  const { ok, said } = await begun[i]!;
  process.stdout.write(`${said}${ok ? '✓' : '✗'} ${name}\n`);
  if (ok) passed++;
  else failed++;
}

const folder = mkdtempSync(join(tmpdir(), 'headrace-test-'));
const report = join(folder, 'report.json');
const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const vitest = spawnSync('vitest', [...args, ...process.argv.slice(2)], {
  stdio: ['ignore', 'inherit', 'inherit'],
  shell,
});
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
  // Count a test file that cannot be loaded as one failure, because it has no tests to count.
  failed += result.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
} finally {
  rmSync(folder, { recursive: true });
}
if (vitest.status !== 0 && failed === 0) failed++;
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exitCode = failed > 0 ? 1 : 0;
