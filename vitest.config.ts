import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import LongFirst from './scripts/long-first.ts';

/** Packages are tested from their sources: the export condition `headrace:source` names them. */
const conditions = ['headrace:source', 'node', 'import', 'module', 'default'];
const resolve = { conditions };
const packages = '{sdk,runner,sandbox,create-connector,scripts,connectors/*,interop/*}';
const apart = ['**/node_modules/**', '**/dist/**', 'test/long/**'];
/** Tests beside the code that start programs, too. */
const ofProcesses = '**/*.process.test.ts';

const shared = { testTimeout: 60_000, hookTimeout: 60_000, pool: 'forks', isolate: false } as const;

export default defineConfig({
  test: {
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongFirst },
    projects: [
      {
        resolve,
        ssr: { resolve },
        test: {
          ...shared,
          name: 'unit',
          include: [`${packages}/**/src/**/*.test.ts`, 'scripts/*.test.ts'],
          exclude: [...apart, ofProcesses],
        },
      },
      {
        resolve,
        ssr: { resolve },
        test: {
          ...shared,
          name: 'processes',
          include: [ofProcesses, `${packages}/test/**/*.test.ts`, 'test/**/*.test.ts'],
          exclude: apart,
          globalSetup: 'scripts/test-programs.ts',
          // Node compiles a program that tests start once, not once a process.
          env: { NODE_COMPILE_CACHE: join(tmpdir(), 'headrace-compile-cache') },
        },
      },
    ],
  },
});
