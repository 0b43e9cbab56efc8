import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import LongFirst from './scripts/long-first.ts';

/** Packages are tested from their sources: the export condition `headrace:source` names them. */
const conditions = ['headrace:source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      '{sdk,runner,sandbox,scripts}/**/*.test.ts',
      '{connectors,interop}/*/{src,test}/**/*.test.ts',
      'create-connector/{src,test}/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**', 'test/long/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
    globalSetup: 'scripts/test-programs.ts',
    // Node compiles a program that tests start once, not once a process.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), 'headrace-compile-cache') },
  },
});
